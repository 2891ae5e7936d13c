"""Entry script: streamlit run streamlit_app.py."""

import streamlit as st

if __name__ == "__main__":  # as Streamlit runs it, for every visitor again and again
    from bnsim.app.shell import main

    main()
else:  # as Streamlit's server imports it, once, before it answers anybody
    import os

    # Before numpy is there: its own threads cost more than they bring at the sizes of a page, and take heaps.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from bnsim.work.memory import steady_heaps

    steady_heaps()  # those that threads have by now they keep
    from bnsim.app.ready import ready

    app = st.App(__file__, lifespan=ready)

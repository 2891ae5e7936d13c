"""Entry script: streamlit run streamlit_app.py."""

import streamlit as st

if __name__ == "__main__":  # as Streamlit runs it, for every visitor again and again
    from bnsim.app.shell import main

    main()
else:  # as Streamlit's server imports it, once, before it answers anybody
    from bnsim.app.ready import ready

    app = st.App(__file__, lifespan=ready)

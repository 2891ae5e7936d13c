"""Entry script: streamlit run streamlit_app.py."""

from bnsim.app.shell import main

main()

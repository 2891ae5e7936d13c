"""Entry script: streamlit run streamlit_app.py."""

import streamlit as st

from bnsim.app.server.ready import SCRIPT, ready

app = st.App(SCRIPT, lifespan=ready)

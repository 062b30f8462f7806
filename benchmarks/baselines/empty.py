"""The first baseline: a Streamlit page with a sentence and nothing else."""

import streamlit as st

st.set_page_config(layout="wide")
st.html('<p class="answer">A sentence.</p>')

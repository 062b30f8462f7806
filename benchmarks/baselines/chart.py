"""The second baseline: one trivial Plotly chart below a sentence."""

import streamlit as st

st.set_page_config(layout="wide")
st.html('<p class="answer" data-picture>A sentence.</p>')
st.plotly_chart({"data": [{"type": "bar", "x": [1, 2, 3], "y": [2, 3, 1]}], "layout": {"height": 360}})

"""The dashboard: `streamlit run dashboards/app.py`, on the home that SKILLSDW_HOME names (default `data`)."""

from pathlib import Path

import streamlit as st

from dashboards import address, frame, housekeeping, site

# A file of ours: Streamlit fetches its named icons from a font host.
MARK = Path(__file__).parent / "mark.svg"

housekeeping.begin()
address.begin()
# The frame draws the links itself: Streamlit's own forget the address.
opened = st.navigation(site.pages(frame.words()), position="hidden")
st.set_page_config(page_title=opened.title, page_icon=str(MARK), layout="wide")
opened.run()

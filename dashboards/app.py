"""The dashboard: `streamlit run dashboards/app.py`, on the home that SKILLSDW_HOME names (default `data`)."""

from pathlib import Path

import streamlit as st

from dashboards import frame

# A file of ours: Streamlit fetches its named icons from a font host.
MARK = Path(__file__).parent / "mark.svg"

words = frame.words()
st.set_page_config(page_title=words("page.overview"), page_icon=str(MARK), layout="wide")
pages = [st.Page("pages/overview.py", title=words("page.overview"), url_path="overview", default=True)]
st.navigation(pages, position="top").run()

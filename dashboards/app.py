"""The dashboard: `streamlit run dashboards/app.py`, on the home that SKILLSDW_HOME names (default `data`)."""

from pathlib import Path

import streamlit as st

from dashboards import address, frame, site

# A file of ours: Streamlit fetches its named icons from a font host.
MARK = Path(__file__).parent / "mark.svg"

address.begin()
words = frame.words()
pages = [
    st.Page(
        f"pages/{page.name}.py", title=words.of("page", page.name), url_path=page.name, default=page is site.PAGES[0]
    )
    for page in site.PAGES
]
# The frame draws the links itself: Streamlit's own forget the address.
opened = st.navigation(pages, position="hidden")
st.set_page_config(page_title=opened.title, page_icon=str(MARK), layout="wide")
opened.run()

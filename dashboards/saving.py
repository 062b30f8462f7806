"""A file that a reader saves: when it is asked for, whether they are let in is asked again, and it is written down."""

from collections.abc import Callable

import streamlit as st

from dashboards.charts.pen import Pen
from dashboards.door import Reader
from dashboards.warehouse import home
from dashboards.workbook import Sheet, workbook
from skillsdw import audit_trail
from skillsdw.home import Home

_READER, _BUILD = "saving.reader", "saving.build"


def reads(reader: Reader, build: str) -> None:
    """Who reads the page that is drawn now, and of which build."""
    st.session_state[_READER], st.session_state[_BUILD] = reader, build


def offered(make: Callable[[], bytes], file_name: str, pen: Pen) -> Callable[[], bytes]:
    """What makes the file when a reader presses its button, perhaps long after the page was drawn."""
    reader: Reader | None = st.session_state.get(_READER)
    build = st.session_state.get(_BUILD, "")

    def content() -> bytes:
        if reader is None:
            return make()
        if not reader.is_still_let_in():
            return _shut(file_name, pen)
        audit_trail.record(Home(home()), reader.subject, reader.access.cities, audit_trail.SAVED, build, file_name)
        return make()

    return content


def asked(reader: Reader, build: str, sql: str) -> None:
    """A reader's query was begun."""
    audit_trail.record(Home(home()), reader.subject, reader.access.cities, audit_trail.QUERY, build, sql)


def newest(days: int) -> list[audit_trail.Entry]:
    """What anybody asked for in the last so many days, the newest first; for planners."""
    return audit_trail.latest(Home(home()), days)[::-1]


def _shut(file_name: str, pen: Pen) -> bytes:
    said = pen.words("download.shut")
    if file_name.endswith(".xlsx"):
        return workbook([Sheet(pen.words("download.about"), [""], ["text"], [[said]], is_table=False)])
    return f"{said}\n".encode("utf-8-sig")

"""The state of a page is in its address: `?lang=en&year=2025&city=450900` shows a colleague the same view.

Streamlit's own `bind="query-params"` writes a widget's *label* into the address (`?lang=English`,
`?year=2026年`), which changes with the language, and leaves it there for the page it was made on; here the
address holds codes, and links between pages carry all of it (`everything`), also what the next page does not use.

Two can change a choice: the reader by a widget, and the browser by an address (a link, a bookmark, back). A
run in which a widget changed believes the widget; else an address that is not the one that this session wrote
last is believed.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import streamlit as st

Choice = TypeVar("Choice", bound=Hashable)
_WRITTEN = "address.written"  # the address as this session left it
_SHOWN = "address.shown"  # what each widget showed
_IS_NEW = "address.is_new"


def begin() -> None:
    """Once at the start of a run: finds out whether the browser came with an address of its own."""
    shown = st.session_state.setdefault(_SHOWN, {})
    clicked = any(st.session_state.get(name, value) != value for name, value in shown.items())
    is_new_now = not clicked and st.session_state.get(_WRITTEN) != everything()
    if is_new_now:
        # Also what this page does not show: the next one would believe it.
        for name in shown:
            st.session_state.pop(name, None)
        shown.clear()
    st.session_state[_IS_NEW] = is_new_now
    st.session_state[_WRITTEN] = everything()


def is_new() -> bool:
    """Whether this run began with an address that the browser brought, and not with a widget."""
    return bool(st.session_state.get(_IS_NEW))


def everything() -> dict[str, str]:
    """All that the address says: what a link to another page carries."""
    return dict(st.query_params.items())


def chosen(name: str, options: Sequence[Choice], default: Choice) -> Choice:
    """What the reader chose, else what the address asks for, else `default`; always one of `options`."""
    if not st.session_state.get(_IS_NEW) and st.session_state.get(name) in options:
        return st.session_state[name]
    return {str(option): option for option in options}.get(st.query_params.get(name), default)


def choice(
    name: str,
    options: Sequence[Choice],
    default: Choice,
    label: str,
    show: Callable[[Choice], str],
    *,
    as_list: bool = False,
) -> Choice:
    """A row of buttons, or a list to drop down, whose choice stands in the address; the default is left out of it."""
    picked = picks(name, options, default)
    draw(name, options, label, show, as_list=as_list)
    return picked


def picks(name: str, options: Sequence[Choice], default: Choice) -> Choice:
    """The choice, written into the address; `draw` shows it, in the same run."""
    st.session_state[name] = picked = chosen(name, options, default)
    st.session_state[_SHOWN][name] = picked
    _write({name: None if picked == default else str(picked)})
    return picked


def draw(
    name: str, options: Sequence[Choice], label: str, show: Callable[[Choice], str], *, as_list: bool = False
) -> None:
    """The widget of a choice that `picks` has found."""
    look = {"format_func": show, "key": name, "label_visibility": "collapsed", "persist_state": "session"}
    if as_list:
        # Without the search box: its "No results" is English in every language.
        st.selectbox(label, options, filter_mode=None, **look)
    else:
        st.segmented_control(label, options, required=True, **look)


def several(name: str, options: Sequence[str], label: str, show: Callable[[str], str], empty: str) -> list[str]:
    """Choices out of a list, in the address with commas between them; `empty` stands in the box without any."""
    given = st.session_state.get(name) if not st.session_state.get(_IS_NEW) else None
    wanted = given if given is not None else st.query_params.get(name, "").split(",")
    st.session_state[name] = [option for option in wanted if option in options]
    picked = st.multiselect(
        label,
        options,
        format_func=show,
        key=name,
        placeholder=empty,
        filter_mode=None,
        label_visibility="collapsed",
        persist_state="session",
    )
    st.session_state[_SHOWN][name] = picked
    _write({name: ",".join(picked) or None})
    return picked


def text(name: str, label: str, empty: str) -> str:
    """A line of text that stands in the address; `empty` stands in the box while there is none."""
    is_kept = not st.session_state.get(_IS_NEW) and name in st.session_state
    st.session_state[name] = st.session_state[name] if is_kept else st.query_params.get(name, "")
    written = st.text_input(
        label, key=name, placeholder=empty, max_chars=200, label_visibility="collapsed", persist_state="session"
    )
    st.session_state[_SHOWN][name] = written
    _write({name: written or None})
    return written


def asked(name: str) -> str:
    """What the address says that no widget holds: a question that was asked, a query that was run."""
    return st.query_params.get(name, "")


def put(changes: dict[str, str | None]) -> None:
    """Changes the address, for a button's callback; None takes a value out of it.

    A widget of that name shows the new value, too.
    """
    for name, value in changes.items():
        if name in st.session_state:
            st.session_state[name] = value
            st.session_state.get(_SHOWN, {}).pop(name, None)
            if value is None:
                st.session_state.pop(name)
    _write(changes)


def forget(names: Sequence[str]) -> None:
    """Takes choices back, of this page's widgets and of other pages' too: for a button's callback."""
    for name in names:
        st.session_state.pop(name, None)
        st.session_state[_SHOWN].pop(name, None)
    _write(dict.fromkeys(names))


def _write(changes: dict[str, str | None]) -> None:
    """Changes the address in one step: every step is one press of the browser's Back."""
    before = everything()
    after = {name: value for name, value in (before | changes).items() if value is not None}
    if after != before:
        st.query_params.from_dict(after)
    st.session_state[_WRITTEN] = after

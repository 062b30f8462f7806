"""The state of a page is in its address: `?lang=en&year=2025` shows a colleague the same view.

Streamlit's own `bind="query-params"` writes a widget's *label* into the address (`?lang=English`,
`?year=2026年`), which changes with the language; here the address holds codes.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import streamlit as st

Choice = TypeVar("Choice", bound=Hashable)


def chosen(name: str, options: Sequence[Choice], default: Choice) -> Choice:
    """What the reader chose, else what the address asks for, else `default`; always one of `options`."""
    if st.session_state.get(name) in options:
        return st.session_state[name]
    return {str(option): option for option in options}.get(st.query_params.get(name), default)


def choice(name: str, options: Sequence[Choice], default: Choice, label: str, show: Callable[[Choice], str]) -> Choice:
    """A row of buttons whose choice stands in the address; the default is left out of it."""
    picked = st.segmented_control(
        label,
        options,
        default=chosen(name, options, default),
        required=True,
        format_func=show,
        key=name,
        label_visibility="collapsed",
        persist_state="session",
    )
    if picked == default:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != str(picked):
        st.query_params[name] = str(picked)
    return picked

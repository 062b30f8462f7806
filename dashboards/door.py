"""Who reads, and what they may see: asked at every run of a page and again while it stays open.

With a provider configured a reader signs in, and what the provider says of them is looked up in access.csv. Without
one whoever reaches the server sees everything, so it must be reachable from this machine alone.
"""

import time
from dataclasses import dataclass

import streamlit as st
from streamlit import config

from dashboards import warehouse
from skillsdw.access import PROVINCE, Access, AccessFault, access_of, grants
from skillsdw.home import Home
from skillsdw.provider import LOOPBACK


class Closed(Exception):
    """The reader is not let in. `reason` is a member of the words `door.*`: sign_in, expired, no_access, faulty,
    not_loopback; `detail` what the keeper of access.csv needs to know."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail

    @property
    def can_sign_in(self) -> bool:
        """Whether signing in may open the door."""
        return self.reason in ("sign_in", "expired")


@dataclass(frozen=True)
class Reader:
    """Who reads. `subject` is None for whoever sits at this machine while no provider is configured."""

    access: Access
    subject: str | None = None
    groups: tuple[str, ...] = ()
    expires_at: float = 0.0  # seconds since 1970

    @property
    def is_signed_in(self) -> bool:
        return self.subject is not None

    def is_still_let_in(self) -> bool:
        """Whether what was granted when the page was drawn is granted now: asked before rows are read later."""
        if self.subject is None:
            return True
        try:
            return time.time() < self.expires_at and _granted(self.subject, self.groups) == self.access
        except AccessFault:
            return False


def reader() -> Reader:
    """Who reads in this session; `Closed` for whoever is not let in."""
    if not _has_provider():
        if config.get_option("server.address") not in LOOPBACK:
            raise Closed("not_loopback")
        return Reader(PROVINCE)
    said = st.user.to_dict()
    subject, expires_at = said.get("sub"), said.get("exp")
    if not said.get("is_logged_in") or not isinstance(subject, str) or not subject:
        raise Closed("sign_in")
    # Streamlit keeps a reader for 30 days, the provider says for how long; a token without an end is none.
    if isinstance(expires_at, bool) or not isinstance(expires_at, int | float) or time.time() >= expires_at:
        raise Closed("expired")
    groups = _groups(said.get("groups"))
    try:
        access = _granted(subject, groups)
    except AccessFault as fault:
        raise Closed("faulty") from fault
    if access is None:
        raise Closed("no_access", subject)
    return Reader(access, subject, groups, float(expires_at))


def _has_provider() -> bool:
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def _granted(subject: str, groups: tuple[str, ...]) -> Access | None:
    return access_of(grants(Home(warehouse.home())), subject, groups)


def _groups(claim: object) -> tuple[str, ...]:
    """The claim `groups`: a list of names, or one name."""
    names = [claim] if isinstance(claim, str) else claim if isinstance(claim, list) else []
    return tuple(name for name in names if isinstance(name, str) and name)

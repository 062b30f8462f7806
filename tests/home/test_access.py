"""access.csv and secrets.toml: what is granted adds up, and a faulty file lets nobody in."""

import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillsdw.access import ANALYST, CITY, GROUP, PLANNER, SUBJECT, AccessFault, Grant, access_of, cities_named, grants
from skillsdw.home import Home
from skillsdw.provider import ProviderFault, provider
from skillsdw.serve import ServeFault, checked, command

CITIES = ("450100", "450200", "451200")
HEADER = "kind,value,role,cities\n"


@pytest.fixture
def place(tmp_path: Path) -> Home:
    return Home(tmp_path)


@st.composite
def _grants(draw: st.DrawFn) -> Grant:
    role = draw(st.sampled_from((PLANNER, CITY, ANALYST)))
    cities = draw(st.sets(st.sampled_from(CITIES), min_size=role == CITY, max_size=0 if role == PLANNER else 3))
    return Grant(draw(st.sampled_from((SUBJECT, GROUP))), draw(st.sampled_from("abc")), role, frozenset(cities))


@given(st.lists(_grants(), max_size=6), _grants(), st.sampled_from("abc"), st.sets(st.sampled_from("abc")))
def test_grants_add_up_and_never_take_away(found: list[Grant], more: Grant, subject: str, groups: set[str]) -> None:
    before, after = access_of(found, subject, groups), access_of([*found, more], subject, groups)
    if before is None:
        return
    assert after is not None
    assert after.cities is None or (before.cities is not None and before.cities <= after.cities)
    assert after.can_query >= before.can_query


@given(st.lists(_grants(), max_size=6))
def test_whoever_is_not_named_gets_nothing(found: list[Grant]) -> None:
    assert access_of(found, "somebody else", ["another"]) is None


@given(st.lists(_grants(), max_size=6), st.sampled_from("abc"))
def test_a_city_alone_never_gets_the_province_nor_the_query_page(found: list[Grant], name: str) -> None:
    own = [grant for grant in found if grant.role == CITY]
    access = access_of(own, name, [name])
    if access is not None:
        assert access.cities
        assert not access.can_query


@given(st.lists(_grants(), max_size=6), st.sampled_from("abc"))
def test_who_asked_for_what_is_for_planners_alone(found: list[Grant], name: str) -> None:
    access = access_of(found, name, [name])
    if access is not None:
        assert access.is_planner == any(grant.role == PLANNER and grant.value == name for grant in found)


def _list(place: Home, text: str) -> None:
    place.access.write_bytes(text.encode())
    place.access.chmod(0o600)


OPEN_MODES = [0o600 | open_to_others for open_to_others in range(0o100) if open_to_others]


def test_a_list_that_others_may_read_or_write_lets_nobody_in(place: Home) -> None:
    _list(place, f"{HEADER}subject,a,planner,\n")
    assert len(grants(place)) == 1
    for mode in OPEN_MODES:
        place.access.chmod(mode)
        with pytest.raises(AccessFault, match=f"has mode {mode:04o}.*run chmod 600.*nobody is let in"):
            grants(place)
    place.access.chmod(0o400)
    assert len(grants(place)) == 1


def test_a_list_of_another_user_lets_nobody_in(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    _list(place, f"{HEADER}subject,a,planner,\n")
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    with pytest.raises(AccessFault, match="chown 4321"):
        grants(place)


def test_a_list_as_excel_saves_it_is_read(place: Home) -> None:
    _list(place, f"\ufeff{HEADER}group,南宁,city,450100;450200\r\n\r\nsubject,a,planner,\r\n")
    assert access_of(grants(place), "x", ["南宁"]).cities == {"450100", "450200"}
    assert cities_named(place) == {frozenset({"450100", "450200"})}


def test_a_list_is_read_again_when_it_has_changed(place: Home) -> None:
    assert grants(place) == ()
    _list(place, f"{HEADER}subject,a,planner,\n")
    assert len(grants(place)) == 1
    _list(place, f"{HEADER}subject,b,planner,\nsubject,c,planner,\n")
    assert [grant.value for grant in grants(place)] == ["b", "c"]
    place.access.unlink()
    assert grants(place) == ()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("kind,value,role\n", "line 1"),
        (f"{HEADER}person,a,planner,\n", "line 2"),
        (f"{HEADER}subject,,planner,\n", "line 2"),
        (f"{HEADER}subject,a,mayor,\n", "mayor"),
        (f"{HEADER}subject,a,city,\n", "line 2"),
        (f"{HEADER}subject,a,planner,450100\n", "450100"),
        (f"{HEADER}subject,a,city,999999\n", "999999"),
        (f"{HEADER}subject,a,planner,\nsubject,b\n", "line 3"),
        (f'{HEADER}subject,"a,planner,\n', "line"),
    ],
)
def test_a_faulty_line_is_named_and_lets_nobody_in(place: Home, text: str, named: str) -> None:
    _list(place, text)
    with pytest.raises(AccessFault, match=named):
        grants(place)
    with pytest.raises(AccessFault):
        checked(place, "127.0.0.1")


def _secrets(place: Home, mode: int = 0o600, **changes: str | None) -> None:
    auth = {
        "redirect_uri": "https://skills.example/oauth2callback",
        "cookie_secret": "s" * 40,
        "client_id": "dashboard",
        "client_secret": "x",
        "server_metadata_url": "https://id.example/.well-known/openid-configuration",
    } | changes
    lines = [f'{name} = "{value}"' for name, value in auth.items() if value is not None]
    place.secrets.write_text("\n".join(["[auth]", *lines]), encoding="utf-8")
    place.secrets.chmod(mode)


def test_without_a_provider_this_machine_alone_is_served(place: Home) -> None:
    for address in ("127.0.0.1", "localhost", "::1"):
        assert checked(place, address) is None
    for address in ("0.0.0.0", "192.0.2.7", "::", "skills.example"):
        with pytest.raises(ServeFault, match=r"docs/access\.md"):
            checked(place, address)
    assert "evil.example" not in command(place, "127.0.0.1", 8501, None)


def test_with_a_provider_its_name_is_let_in(place: Home) -> None:
    _secrets(place)
    found = checked(place, "0.0.0.0")
    order = command(place, "0.0.0.0", 8501, found)
    hosts = [word for before, word in pairwise(order) if before == "--server.allowedHosts"]
    assert "skills.example" in hosts


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"cookie_secret": "short"}, "cookie_secret"),
        ({"client_secret": None}, "client_secret"),
        ({"redirect_uri": "http://skills.example/oauth2callback"}, "https"),
        ({"server_metadata_url": "http://id.example/x"}, "https"),
        ({"redirect_uri": "https://skills.example/"}, "oauth2callback"),
    ],
)
def test_a_provider_half_configured_starts_nothing(place: Home, changes: dict, named: str) -> None:
    _secrets(place, **changes)
    with pytest.raises(ProviderFault, match=named) as fault:
        provider(place)
    assert "s" * 40 not in str(fault.value)


def test_secrets_that_others_may_read_start_nothing(place: Home) -> None:
    _secrets(place, mode=0o640)
    with pytest.raises(ProviderFault, match="chmod 600"):
        provider(place)

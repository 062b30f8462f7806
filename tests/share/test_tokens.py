"""Tokens: shown once, kept as a salted digest, each with role and expiry."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from ordeals.share import edit_token, expire, publish_version
from skillsdw.cli import app
from skillsdw.editions import edition_file
from skillsdw.home import Home, beijing_now
from skillsdw.share import ShareError, tokens
from skillsdw.share.roles import ANALYST, CITY, PLANNER, Role, served_file


def test_a_token_is_known_by_its_text_and_by_nothing_else(home: Home) -> None:
    text, token = tokens.add(home, "就业处", Role(ANALYST), 30)
    register = tokens.Register(home)
    assert register.authenticate(text).id == token.id
    for wrong in ("", "gx", text[:-1], text + "0", text.upper(), text.replace("gx_", "gy_"), f"gx_{token.id}_"):
        assert register.authenticate(wrong) is None


def test_the_file_holds_no_secret_and_only_its_owner_reads_it(home: Home) -> None:
    text, token = tokens.add(home, "就业处", Role(PLANNER), 30)
    kept = home.tokens.read_text(encoding="utf-8")
    assert text.rpartition("_")[2] not in kept
    assert home.tokens.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept)[0]["digest"] == token.digest


def test_the_same_secret_under_another_salt_has_another_digest() -> None:
    assert tokens._digest("a", "secret") != tokens._digest("b", "secret")


def test_a_file_that_others_may_read_is_refused(home: Home) -> None:
    tokens.add(home, "就业处", Role(ANALYST), 30)
    home.tokens.chmod(0o644)
    with pytest.raises(ShareError, match="chmod 600"):
        tokens.read(home)


def test_a_file_that_is_no_file_of_tokens_is_told_apart(home: Home) -> None:
    tokens.add(home, "就业处", Role(ANALYST), 30)
    home.tokens.write_text("{", encoding="utf-8")
    with pytest.raises(ShareError, match="no file of tokens"):
        tokens.read(home)


def test_states_follow_the_file_without_a_restart(home: Home) -> None:
    _, token = tokens.add(home, "就业处", Role(ANALYST), 30)
    register = tokens.Register(home)
    assert register.state(token.id) == "valid"
    expire(home, token.id)
    assert register.state(token.id) == "expired"
    edit_token(home, token.id, expires_at=(beijing_now() + timedelta(days=1)).isoformat())
    assert register.state(token.id) == "valid"
    tokens.revoke(home, "就业处")
    assert register.state(token.id) == "revoked"
    home.tokens.unlink()
    assert register.state(token.id) == "revoked"


def test_a_valid_name_is_given_once_and_may_come_again_after_a_revocation(home: Home) -> None:
    tokens.add(home, "就业处", Role(ANALYST), 30)
    with pytest.raises(ShareError, match="revoke it first"):
        tokens.add(home, "就业处", Role(ANALYST), 30)
    tokens.revoke(home, "就业处")
    _, second = tokens.add(home, "就业处", Role(ANALYST), 30)
    assert tokens.revoke(home, "就业处").id == second.id
    with pytest.raises(ShareError, match="No token"):
        tokens.revoke(home, "就业处")


@pytest.mark.parametrize(("name", "days"), [("", 30), ("  ", 30), ("a", 0), ("a", 400)])
def test_a_token_needs_a_name_and_an_end(home: Home, name: str, days: int) -> None:
    with pytest.raises(ShareError, match="1 to 366 days"):
        tokens.add(home, name, Role(ANALYST), days)


@pytest.mark.parametrize(("kind", "city"), [("king", None), (CITY, None), (ANALYST, "450100")])
def test_a_role_is_one_of_three(kind: str, city: str | None) -> None:
    with pytest.raises(ShareError, match="planner, analyst, or city"):
        Role(kind, city)


def test_a_city_gets_a_token_once_its_edition_is_there_and_then_reads_only_that(home: Home) -> None:
    version = publish_version(home, "20261101T000000-aaaaaaa")
    with pytest.raises(ShareError, match="no edition for 450100"):
        tokens.add(home, "南宁", Role(CITY, "450100"), 30)
    edition = edition_file(home, version.stem, frozenset(["450100"]))
    edition.parent.mkdir(parents=True)
    edition.write_bytes(version.read_bytes())
    tokens.add(home, "南宁", Role(CITY, "450100"), 30)
    assert served_file(home, Role(CITY, "450100")) == edition
    assert served_file(home, Role(ANALYST)) == served_file(home, Role(PLANNER)) == version


def test_nothing_published_is_said(home: Home) -> None:
    with pytest.raises(ShareError, match="Nothing is published"):
        served_file(home, Role(ANALYST))


def test_the_command_shows_a_token_once(home: Home) -> None:
    run = CliRunner().invoke
    at = ["--home", str(home.root)]
    added = run(app, ["share", "token", "add", "--name", "就业处", "--role", "analyst", "--days", "7", *at])
    assert added.exit_code == 0
    text = added.output.split()[-1]
    assert tokens.Register(home).authenticate(text)
    listed = run(app, ["share", "token", "list", *at])
    assert "就业处" in listed.output
    assert "valid" in listed.output
    assert text not in listed.output
    assert tokens.read(home)[0].digest not in listed.output
    assert run(app, ["share", "token", "revoke", "就业处", *at]).exit_code == 0
    assert "revoked" in run(app, ["share", "token", "list", *at]).output

"""Who asked for what is written down: when, whose, of which build, and no identity."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest

from skillsdw.audit_trail import QUERY, SAVED, entries, record
from skillsdw.home import Home, beijing_now

SINCE = date(2020, 1, 1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_an_entry_says_who_when_what_and_of_which_build(home: Home) -> None:
    record(home, "subject-1", frozenset(["450100", "451200"]), QUERY, "b1", "select 1\nfrom marts.t")
    record(home, None, None, SAVED, "b2", "a.xlsx")
    first, second = entries(home, SINCE)
    assert (first.who, first.scope, first.kind, first.build, first.what) == (
        *("subject-1", "450100+451200", QUERY, "b1"),
        "select 1\nfrom marts.t",
    )
    assert (second.who, second.scope, second.what) == ("local", "ALL", "a.xlsx")
    assert first.at[:10] == f"{beijing_now():%Y-%m-%d}"
    assert list(entries(home, beijing_now().date() + timedelta(days=1))) == []


def test_the_file_is_for_its_owner_and_group(home: Home) -> None:
    record(home, "a", None, QUERY, "b", "select 1")
    (file,) = (home.root / "trail").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) & 0o137 == 0
    assert stat.S_IMODE(file.parent.stat().st_mode) & 0o027 == 0


@pytest.mark.parametrize("number", ["450102199003071234", "13877112233", "６２２２０２１２３４５６７８９０１２８"])
def test_an_identity_in_a_query_is_not_written_down(home: Home, number: str) -> None:
    record(home, "a", None, QUERY, "b", f"select * from marts.t where id = '{number}'")
    (file,) = (home.root / "trail").iterdir()
    assert number not in file.read_text(encoding="utf-8")
    assert "NNNN" in file.read_text(encoding="utf-8")


def test_many_at_once_are_all_written_down_whole(home: Home) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: record(home, f"r{n}", None, QUERY, "b", "x" * 3_000), range(200)))
    (file,) = (home.root / "trail").iterdir()
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert {line["who"] for line in lines} == {f"r{n}" for n in range(200)}
    assert all(len(line["what"]) == 2_000 for line in lines)


def test_a_line_that_was_cut_off_hides_no_other(home: Home) -> None:
    record(home, "a", None, QUERY, "b", "select 1")
    (file,) = (home.root / "trail").iterdir()
    file.write_text(file.read_text(encoding="utf-8") + '{"at": "2026', encoding="utf-8")
    assert [entry.who for entry in entries(home, SINCE)] == ["a"]


def test_what_cannot_be_written_down_is_said_and_keeps_nobody_out(home: Home, capsys) -> None:
    (home.root / "trail").write_text("a file where the folder should be", encoding="utf-8")
    record(home, "a", None, QUERY, "b", "select 1")
    assert "cannot be written" in capsys.readouterr().err

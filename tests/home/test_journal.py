"""A lost working warehouse comes back by the journal: order, numbers and times of arrival with it."""

import shutil
from datetime import datetime, timedelta

import duckdb
import pytest
from small_home import file, raw, silent

from skillsdw.build import BuildError, build
from skillsdw.home import BUILD_ID, ClockBehind, Home, beijing_now, newest_build
from skillsdw.landing import LandingError, land
from skillsdw.landing import prepare as landing
from skillsdw.landing.journal import read_journal
from skillsdw.publish import current_version, rollback, versions


def everything(home: Home) -> dict[str, list[tuple]]:
    return raw(home, leave_out="nothing")


def test_a_lost_warehouse_is_rebuilt_in_the_order_of_arrival_with_its_numbers_and_times(home):
    before = everything(home)
    home.warehouse.unlink()
    assert [result.batch_id for result in land(home, threads=1).files] == [1, 2, 3]
    assert everything(home) == before
    assert [row[2] for row in before["batch"]] == ["enrollment/c.csv", "enrollment/b.csv", "enrollment/a.csv"]
    assert land(home, threads=1).count("unchanged") == 3


def test_a_batch_keeps_the_words_of_its_time(home):
    home.journal.write_text(
        home.journal.read_text(encoding="utf-8").replace("rows read", "lines read"), encoding="utf-8"
    )
    home.warehouse.unlink()
    land(home, threads=1)
    assert all("lines read" in row[9] for row in everything(home)["batch"])


def test_an_older_copy_of_the_warehouse_is_brought_up_to_date(home, tmp_path):
    shutil.copy(home.warehouse, tmp_path / "older.duckdb")
    file(home, "0-first-by-name", rows=8)
    land(home, threads=1)
    before = everything(home)
    shutil.copy(tmp_path / "older.duckdb", home.warehouse)
    land(home, threads=1)
    assert everything(home) == before


def test_refused_batches_come_back_as_they_were(home):
    path = home.landing / "enrollment" / "bad.csv"
    path.write_text("enrollment_id,person_id\n1,2\n", encoding="utf-8")
    land(home, threads=1)
    before = everything(home)
    home.warehouse.unlink()
    land(home, threads=1)
    assert everything(home) == before
    assert before["batch"][3][5] == "refused"


def test_a_build_refuses_a_warehouse_that_lacks_what_once_landed(home):
    home.warehouse.unlink()
    served = current_version(home)
    with pytest.raises(BuildError, match="Run skillsdw land first"):
        build(home, progress=silent)
    assert current_version(home) == served


def test_a_file_that_is_nowhere_is_told_and_comes_back_under_its_number(home, tmp_path):
    before = everything(home)
    kept = shutil.move(home.landing / "enrollment" / "b.csv", tmp_path / "b.csv")
    home.warehouse.unlink()
    summary = land(home, threads=1)
    assert [(result.status, result.batch_id) for result in summary.files if result.status == "missing"] == [
        ("missing", 2)
    ]
    assert summary.refused_anything
    with pytest.raises(BuildError):
        build(home, progress=silent)
    shutil.move(kept, home.landing / "enrollment" / "under another name.csv")
    assert land(home, threads=1).count("missing") == 0
    assert everything(home) == before


def test_what_a_kill_or_a_power_cut_left_out_of_the_journal_is_written_at_the_next_landing(home):
    whole = home.journal.read_bytes()
    lines = whole.splitlines(keepends=True)
    for left in (b"".join(lines[:-1]), b"".join(lines[:-1]) + lines[-1][:40], b""):
        home.journal.write_bytes(left)
        land(home, threads=1)
        assert home.journal.read_bytes() == whole
    home.journal.unlink()
    land(home, threads=1)
    assert home.journal.read_bytes() == whole


def test_a_journal_that_is_broken_or_of_another_warehouse_is_refused(home):
    whole = home.journal.read_text(encoding="utf-8")
    before = everything(home)
    for text, why in (("x" + whole, "Line 1"), (whole.replace('sha256": "', 'sha256": "0'), "not of one warehouse")):
        home.journal.write_text(text, encoding="utf-8")
        with pytest.raises(LandingError, match=why):
            land(home, threads=1)
    assert everything(home) == before


def test_a_file_judged_otherwise_than_then_says_so(home, monkeypatch):
    home.warehouse.unlink()
    monkeypatch.setattr(landing, "_judge_pieces", lambda *_: (_ for _ in ()).throw(LandingError("规则变了", "rules")))
    result = land(home, threads=1).files[0]
    assert result.status == "refused"
    assert "other than at the time (6 accepted, 0 rejected)" in result.message_en


def test_a_lost_warehouse_without_its_key_makes_no_new_key(home):
    home.warehouse.unlink()
    home.key_file.unlink()
    with pytest.raises(LandingError, match="skillsdw key restore"):
        land(home, threads=1)
    assert not home.key_file.exists()


def test_a_clock_set_back_by_hours_leaves_batches_and_versions_in_order(home, clock):
    newest = read_journal(home)[-1].landed_at
    file(home, "0", rows=9)
    clock(newest - timedelta(hours=5))
    land(home, threads=1)
    batches = read_journal(home)
    assert batches[-1].landed_at == newest + timedelta(microseconds=1)
    present = versions(home)
    clock(newest_build(home) - timedelta(hours=5))
    report = build(home, progress=silent)
    assert versions(home)[-1].stem == report.build_id > present[-1].stem
    clock(None)
    assert rollback(home, None) == present[-1]


def test_a_clock_of_years_ago_is_refused_before_anything_is_written(home, clock):
    before = everything(home)
    file(home, "0", rows=9)
    clock(datetime(2019, 1, 1))
    with pytest.raises(ClockBehind, match="Set the clock"):
        land(home, threads=1)
    with pytest.raises(ClockBehind):
        build(home, progress=silent)
    assert everything(home) == before
    assert f"{newest_build(home):{BUILD_ID}}" == versions(home)[-1].stem


def test_a_landing_on_a_damaged_or_short_warehouse_says_so_and_leaves_it(home):
    whole = home.warehouse.read_bytes()
    for bytes_left in (0, 5000, 12288 + 262144):
        home.warehouse.write_bytes(whole[:bytes_left])
        with pytest.raises(LandingError, match="skillsdw doctor"):
            land(home, threads=1)
        assert home.warehouse.read_bytes() == whole[:bytes_left]


def test_a_journal_holds_no_identity(home):
    text = home.journal.read_text(encoding="utf-8")
    assert "BM-" not in text
    assert "4501031990" not in text
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        keys = con.execute("select distinct person_key::varchar from raw.enrollment").fetchall()
    assert not any(key in text for (key,) in keys)
    assert read_journal(home)[-1].landed_at < beijing_now()

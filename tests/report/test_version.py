"""A month's circular comes from a version as of the month's last day, or from none."""

from datetime import date, timedelta

import fixture
import pytest

from bulletin import version
from bulletin.version import ReportError, last_day, version_of
from skillsdw.home import Home, beijing_now

OCTOBER = date(2026, 10, 1)


def test_a_kept_version_of_the_month_is_found_behind_a_newer_one(tmp_path):
    fixture.publish(tmp_path, "20261101T080000-aaaaaaa", as_of=date(2026, 10, 31))
    fixture.publish(tmp_path, "20261126T080000-bbbbbbb", as_of=date(2026, 11, 26))
    assert version_of(Home(tmp_path), OCTOBER).stem == "20261101T080000-aaaaaaa"


def test_of_two_versions_of_the_month_the_current_one_is_taken(tmp_path):
    fixture.publish(tmp_path, "20261101T080000-aaaaaaa", as_of=date(2026, 10, 31))
    fixture.publish(tmp_path, "20261102T080000-bbbbbbb", as_of=date(2026, 10, 31))
    assert version_of(Home(tmp_path), OCTOBER).stem == "20261102T080000-bbbbbbb"
    fixture.point_link_at(tmp_path, "versions/20261101T080000-aaaaaaa.duckdb")  # as a rollback does
    assert version_of(Home(tmp_path), OCTOBER).stem == "20261101T080000-aaaaaaa"


@pytest.mark.parametrize("as_of", [date(2026, 10, 30), date(2026, 11, 1), date(2026, 11, 26)])
def test_a_version_of_another_day_is_refused_with_the_build_that_is_needed(tmp_path, as_of):
    fixture.publish(tmp_path, as_of=as_of)
    with pytest.raises(ReportError, match=r"skillsdw build --as-of 2026-10-31.* / .*--as-of 2026-10-31") as fault:
        version_of(Home(tmp_path), OCTOBER)
    assert str(as_of) in str(fault.value)


def test_a_month_that_is_not_over_says_so(tmp_path, monkeypatch):
    fixture.publish(tmp_path)
    monkeypatch.setattr(version, "beijing_now", lambda: beijing_now().replace(2026, 11, 26))
    with pytest.raises(ReportError, match=r"尚未结束.* / .*is not over"):
        version_of(Home(tmp_path), date(2026, 11, 1))


def test_a_file_that_cannot_be_read_is_passed_over(tmp_path):
    good = fixture.publish(tmp_path, "20261101T080000-aaaaaaa")
    (good.parent / "20261103T080000-broken0.duckdb").write_bytes(b"no database")
    assert version_of(Home(tmp_path), OCTOBER).stem == "20261101T080000-aaaaaaa"


def test_a_home_without_versions_says_what_to_build(tmp_path):
    with pytest.raises(ReportError, match="现有:无"):
        version_of(Home(tmp_path), OCTOBER)


@pytest.mark.parametrize("month", range(1, 13))
def test_the_last_day_is_the_day_before_the_next_month(month):
    assert (last_day(date(2026, month, 1)) + timedelta(days=1)).day == 1

"""The course of the year: what is observed, completed for delay and projected, and how often the interval is right."""

from collections import defaultdict
from datetime import date

import numpy as np
import pytest

from benchmarks.coverage import measure
from skillsdw.projection import SCHEMA, evaluate, projections, straight_line

EVEN = np.full(12, 1 / 12)
CITY = "450100"


def monthly(years: dict[int, list[int]], delays: dict[int, float], day: int = 5) -> dict:
    """Reports of months: `delays` months after → share of the sessions, on a day of the month."""
    reports = defaultdict(list)
    for year, months in years.items():
        for place, sessions in enumerate(months):
            for delay, share in delays.items():
                ahead = place + 1 + delay
                reported_on = date(year + ahead // 12, ahead % 12 + 1, day)
                reports[CITY, date(year, place + 1, 1)].append((reported_on, round(sessions * share)))
    return reports


def test_months_reported_at_once_and_on_profile_are_carried_on_as_they_are():
    reports = monthly({2025: [100] * 12, 2026: [100] * 12}, {0: 1.0})
    course = evaluate(reports, 2026, date(2026, 7, 31), EVEN, "season", seen=date(2026, 8, 20))
    assert course.observed.tolist() == [100] * 7 + [0] * 5
    assert course.delay.sum() == 0
    assert course.cumulative[-1] == pytest.approx(1200)
    assert course.low[-1] < 1200 < course.high[-1]


def test_what_is_still_to_be_reported_is_told_apart_from_what_is_to_come():
    """Half of every month is reported in the month after and half a month later still: at the end of June, June is not
    reported at all, May half, and the months before wholly."""
    reports = monthly({2025: [1000] * 12, 2026: [1000] * 12}, {0: 0.5, 1: 0.5})
    on = date(2026, 6, 30)
    course = evaluate(reports, 2026, on, EVEN, "season", seen=on)
    assert course.observed[:6].tolist() == [1000, 1000, 1000, 1000, 500, 0]
    assert course.delay[4] == pytest.approx(500)
    assert course.delay_basis == "observed"
    assert course.projected[:5].tolist() == [0] * 5
    assert course.projected[5:].sum() == pytest.approx(7000)
    assert course.cumulative[-1] == pytest.approx(12_000)


def test_a_season_shapes_the_projection_and_the_calendar_does_not_know_it():
    shares = np.array([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9]) / 20
    months = (2000 * shares).astype(int).tolist()
    reports = monthly({2026: months}, {0: 1.0})
    seen = date(2027, 3, 1)
    season = evaluate(reports, 2026, date(2026, 9, 30), shares, "season", seen)
    calendar = evaluate(reports, 2026, date(2026, 9, 30), EVEN, "calendar", seen)
    assert season.cumulative[-1] == pytest.approx(2000)
    assert calendar.cumulative[-1] == pytest.approx(1200)
    width = [(course.high - course.low)[-1] / course.projected.sum() for course in (season, calendar)]
    assert width[0] < width[1]


def test_an_archive_landed_in_one_day_says_nothing_of_delay():
    """The last months may not be whole yet: they are projected, from what was long over."""
    reports = {(CITY, date(2026, month, 1)): [(date(2026, 11, 26), 100 if month < 9 else 10)] for month in range(1, 11)}
    course = evaluate(reports, 2026, date(2026, 10, 31), EVEN, "season", seen=date(2026, 11, 26))
    assert course.delay_basis == "none"
    assert course.delay.sum() == 0
    assert course.observed[8] == 10
    assert course.cumulative[-1] == pytest.approx(1200, rel=0.02)


def test_a_city_that_joins_late_with_its_archive_is_no_delay():
    """Nine in ten are reported in the month after, the rest a month later; in September one more city lands its eight
    months in one file."""
    reports = monthly({2025: [1000] * 12, 2026: [1000] * 12}, {0: 0.9, 1: 0.1})
    reports |= {("450200", date(2026, month, 1)): [(date(2026, 9, 12), 250)] for month in range(1, 9)}
    on = date(2026, 9, 30)
    course = evaluate(reports, 2026, on, EVEN, "season", seen=on)
    assert course.cumulative[-1] == pytest.approx(15_000, rel=0.03)
    assert course.delay[:7].sum() == pytest.approx(0, abs=1)


def test_without_a_history_one_young_city_leaves_its_months_open_and_takes_nothing_away():
    """One city's archive came in May, another's in June: what the second has of March is not whole, nor is it lost."""
    reports = {(CITY, date(2026, month, 1)): [(date(2026, 11, 1), 100)] for month in range(1, 8)}
    reports |= {("450200", date(2026, month, 1)): [(date(2026, 6, 1), 50)] for month in range(1, 5)}
    reports[("450300", date(2026, 1, 1))] = [(date(2026, 12, 24), 9)]  # not known yet
    course = evaluate(reports, 2026, date(2026, 10, 31), EVEN, "season", seen=date(2026, 11, 2))
    assert course.delay.tolist() == [0] * 12
    assert course.observed[:4].tolist() == [150, 150, 150, 150]
    assert (course.cumulative >= np.cumsum(course.observed)).all()


def test_months_past_the_longest_delay_are_whole():
    """An archive, then a year of slow reporting: the closed year is what it is."""
    reports = {(CITY, date(2025, month, 1)): [(date(2026, 1, 10), 1000)] for month in range(1, 13)}
    reports |= monthly({2026: [1000] * 12}, {0: 0.5, 1: 0.2, 2: 0.1, 3: 0.1, 4: 0.1})
    course = evaluate(reports, 2025, date(2025, 12, 31), EVEN, "calendar", seen=date(2026, 8, 31))
    assert course.cumulative[-1] == pytest.approx(12_000, rel=0.001)
    assert course.high[-1] < 12_100


def test_too_few_months_are_not_assessed():
    reports = monthly({2026: [100] * 12}, {0: 1.0})
    assert evaluate(reports, 2026, date(2026, 1, 15), EVEN, "season", seen=date(2026, 1, 15)) is None
    assert evaluate(reports, 2026, date(2026, 3, 31), EVEN, "calendar") is None
    assert evaluate(reports, 2026, date(2026, 4, 30), EVEN, "calendar") is not None


def test_every_month_end_is_evaluated_as_it_was_known_then():
    reports = [
        (city, month, day, n)
        for (city, month), rows in monthly({2026: [100] * 12}, {0: 1.0}).items()
        for day, n in rows
    ]
    profile = [(2026, month, 1 / 12, "season") for month in range(1, 13)]
    table = projections(reports, profile, {2026: date(2026, 10, 31), 2027: date(2026, 10, 31)})
    assert table.schema == SCHEMA
    whole = [row for row in table.to_pylist() if row["end_month"] is None]
    assert [row["evaluated_on"] for row in whole][-1] == date(2026, 10, 31)
    assert {row["plan_year"] for row in whole} == {2026}
    # At the end of August nothing of August had been reported yet, whatever is known now.
    august = next(row for row in whole if row["evaluated_on"] == date(2026, 8, 31))
    assert august["observed_sessions"] == 700
    assert projections([], profile, {2026: date(2026, 10, 31)}).num_rows == 0


def test_the_straight_line_is_the_average_day_carried_on():
    assert straight_line(181, 2026, date(2026, 6, 30)) == pytest.approx(365)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """A short run of `make coverage`: 80 % is what is promised, 60 made provinces tell it within 13 points or so."""
    found = measure(years=60, seed=3)
    covered = {month: found["season", month].covered / found["season", month].judged for month in range(3, 13)}
    assert all(0.65 <= share <= 0.95 for share in covered.values()), covered
    assert 0.72 <= sum(covered.values()) / len(covered) <= 0.9
    for month in range(3, 13):
        tally = found["season", month]
        assert tally.error < tally.straight, f"month {month}: the straight line is nearer"

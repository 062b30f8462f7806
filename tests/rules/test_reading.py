"""The second reading at its borders: it must be right by itself before it can judge the marts."""

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import histories
import pytest
import reading
from histories import Dice, World, certificate, enrollment, evidence, licence
from reading import Known, Landed, months_after, sessions_to_70

AS_OF = date(2026, 6, 30)


def judged(*enrollments, as_of=AS_OF, known_at=None, **landed) -> dict[str, reading.Session]:
    landed.setdefault("landed_at", {0: datetime(2026, 1, 1), 1: datetime(2026, 1, 2)})
    known = Known(Landed(enrollments=list(enrollments), **landed), as_of, known_at)
    return {s.enrollment.enrollment_id: s for s in reading.sessions(known)}


def rules(session, **landed) -> list[str]:
    return judged(session, **landed)[session.enrollment_id].violations


def ending(key: str, *day: int, **changes):
    end = date(*day)
    return enrollment(key, start_date=date(end.year, end.month, 1), end_date=end, **changes)


def walked(*enrollments, **landed) -> dict[str, list[str]]:
    return {key: s.violations for key, s in judged(*enrollments, **landed).items()}


# ------------------------------------------------------------------------------------- current records
def test_newest_by_batch_then_row():
    versions = [
        enrollment(class_hours=1, batch_id=0, row_number=9),
        enrollment(class_hours=2, batch_id=1, row_number=1),
        enrollment(class_hours=3, batch_id=1, row_number=2),
    ]
    assert judged(*reversed(versions))["1"].enrollment.class_hours == 3


def test_void_takes_out_and_a_later_version_brings_back():
    void = enrollment(status="void", batch_id=1, row_number=1)
    assert judged(enrollment(), void) == {}
    assert judged(enrollment(), void, replace(enrollment(), batch_id=1, row_number=2))["1"].is_counted


def test_a_batch_landed_at_known_at_is_known():
    versions = enrollment(), enrollment(status="void", batch_id=1)
    assert judged(*versions, known_at=datetime(2026, 1, 1, 23, 59, 59))["1"].is_counted
    assert judged(*versions, known_at=datetime(2026, 1, 2)) == {}
    assert judged(*versions, known_at=datetime(2025, 12, 31)) == {}


def test_a_certificate_corrected_to_a_day_after_as_of_is_invisible():
    first = certificate(issued_on=date(2026, 6, 30))
    assert judged(enrollment(), certificates=[first])["1"].certified_on == date(2026, 6, 30)
    later = certificate(issued_on=date(2026, 7, 1), batch_id=1)
    assert judged(enrollment(), certificates=[first, later])["1"].certified_on is None


# --------------------------------------------------------------------------------- flags and the session alone
def test_completed_by_as_of():
    session = ending("1", 2026, 6, 30)
    assert judged(session)["1"].is_completed
    assert judged(session)["1"].plan_year == 2026
    early = judged(session, as_of=date(2026, 6, 29))["1"]
    assert (early.is_completed, early.plan_year, early.employment_status) == (False, None, None)
    assert not judged(replace(session, status="withdrawn"))["1"].is_completed


@pytest.mark.parametrize("fund", ["enterprise_education", "self_funded"])
def test_ineligible_rules_are_for_subsidised_sessions(fund):
    session = enrollment(funding_source=fund, training_type="specialised", class_hours=1)
    assert rules(session) == []
    assert not judged(session)["1"].is_counted


def test_hours_min():
    special = enrollment(training_type="specialised", class_hours=27)
    assert rules(special) == ["HOURS_MIN"]
    assert rules(replace(special, class_hours=28)) == []
    assert rules(enrollment(class_hours=27)) == []


@pytest.mark.parametrize(
    ("fund", "kind", "park", "broken"),
    [
        ("employment_subsidy", "occupation", None, False),
        ("employment_subsidy", "project", None, True),
        ("employment_subsidy", "project", "P01", False),
        ("special_account", "project", None, False),
        ("special_account", "occupation", "P01", True),
        ("special_account", "entrepreneurship", None, True),
        ("unemployment_insurance", "project", None, False),
        ("cost_sharing", "specialised", None, False),
    ],
)
def test_fund_match(fund, kind, park, broken):
    session = enrollment(
        funding_source=fund,
        training_type=kind,
        park_code=park,
        employer_uscc="e",
        receives_unemployment_insurance=True,
    )
    assert rules(session) == ["FUND_MATCH"] * broken


def test_ui_only_takes_unknown_for_no():
    session = enrollment(funding_source="unemployment_insurance")
    assert rules(session) == ["UI_ONLY"]
    assert rules(replace(session, receives_unemployment_insurance=False)) == ["UI_ONLY"]
    assert rules(replace(session, receives_unemployment_insurance=True)) == []


def test_several_rules_are_all_recorded_sorted():
    session = enrollment(funding_source="employment_subsidy", training_type="project", start_date=date(2005, 1, 1))
    assert rules(session) == ["AGE", "FUND_MATCH", "PROJECT_EMPLOYER"]


@pytest.mark.parametrize(
    ("periods", "broken"),
    [
        ([], False),  # no institution has landed
        ([("y", (2020, 1, 1), None)], True),  # they have, this one not
        ([("x", (2025, 3, 1), (2025, 3, 31))], False),
        ([("x", (2025, 3, 2), None)], True),
        ([("x", (2020, 1, 1), (2025, 3, 30))], True),
        ([("x", (2020, 1, 1), (2025, 3, 15)), ("x", (2025, 3, 16), None)], True),  # only jointly
        ([("x", (2020, 1, 1), (2025, 3, 15)), ("x", (2025, 3, 1), None)], False),
    ],
)
def test_licence(periods, broken):
    licences = [
        licence(institution_uscc=x, licence_from=date(*start), licence_to=end and date(*end))
        for x, start, end in periods
    ]
    assert rules(enrollment(), licences=licences) == ["LICENCE"] * broken


def test_licence_is_not_assessed_before_institutions_are_known():
    late = licence(institution_uscc="y", batch_id=1)
    assert rules(enrollment(), licences=[late]) == ["LICENCE"]
    assert rules(enrollment(), licences=[late], known_at=datetime(2026, 1, 1)) == []


# ------------------------------------------------------------------------------------------ the walk
def test_annual_cap_is_by_calendar_year_of_the_end():
    assert walked(ending("a", 2024, 12, 31), ending("b", 2025, 1, 1)) == {"a": [], "b": []}
    assert walked(ending("a", 2025, 1, 1), ending("b", 2025, 12, 31)) == {"a": [], "b": ["ANNUAL_CAP"]}


def test_ties_are_broken_by_code_point():
    same_day = [ending(key, 2025, 5, 5) for key in ("𠮷", "\ue000", "a", "B", "10", "9")]
    assert [key for key, broken in walked(*same_day).items() if not broken] == ["10"]
    assert [key for key, broken in walked(*same_day[:2]).items() if not broken] == ["\ue000"]


def test_an_ineligible_session_uses_up_nothing():
    # a breaks a rule alone; b is the first of the year; c is over the cap and leaves 2026 to d.
    sessions = [
        ending("a", 2025, 1, 31, training_type="specialised", class_hours=1),
        ending("b", 2025, 2, 28, occupation_code="o", skill_level="5"),
        ending("c", 2025, 3, 31, occupation_code="o", skill_level="4"),
        ending("d", 2026, 1, 31, occupation_code="o", skill_level="4"),
    ]
    assert walked(*sessions) == {"a": ["HOURS_MIN"], "b": [], "c": ["ANNUAL_CAP"], "d": []}


def test_lifetime_cap_counts_history_before_the_plan():
    sessions = [ending(str(year), year, 6, 1) for year in (2022, 2023, 2024, 2025, 2026)]
    broken = walked(*sessions)
    assert broken["2024"] == []
    assert broken["2025"] == broken["2026"] == ["LIFETIME_CAP"]


def test_repeat_needs_both_occupation_and_level():
    def twice(**both):
        return walked(ending("a", 2024, 6, 1, **both), ending("b", 2025, 6, 1, **both))["b"]

    assert twice(occupation_code="o", skill_level="5") == ["REPEAT"]
    assert twice(occupation_code="o") == twice(skill_level="5") == twice() == []


def test_all_history_rules_broken_are_recorded():
    sessions = [ending(str(y), y, 6, 1, occupation_code="o", skill_level="4") for y in (2022,)]
    sessions += [ending(str(y), y, 6, 1) for y in (2023, 2024)]
    sessions += [ending("z", 2024, 7, 1, occupation_code="o", skill_level="4")]
    held = certificate(enrollment_id="?", occupation_code="o", skill_level="3", issued_on=date(2024, 7, 1))
    broken = walked(*sessions, certificates=[held])
    assert broken["z"] == ["ANNUAL_CAP", "DOWNGRADE", "LIFETIME_CAP", "REPEAT"]


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({}, True),
        ({"issued_on": date(2025, 4, 1)}, False),
        ({"skill_level": "4"}, False),
        ({"skill_level": "5"}, False),
        ({"skill_level": None}, False),
        ({"occupation_code": "other"}, False),
        ({"occupation_code": None}, False),
        ({"result": "fail"}, False),
        ({"person_key": "p2"}, False),
        ({"enrollment_id": "unknown"}, True),
    ],
)
def test_downgrade(changes, broken):
    session = enrollment(occupation_code="o", skill_level="4")  # ends 2025-03-31
    held = replace(certificate(occupation_code="o", skill_level="3"), **changes)
    assert rules(session, certificates=[held]) == ["DOWNGRADE"] * broken


# ---------------------------------------------------------------------------------------- warnings
def test_age_by_birth_year():
    assert rules(enrollment(birth_year=2010)) == ["AGE"]
    assert rules(enrollment(birth_year=2009)) == []


def test_long_open_is_more_than_365_days():
    session = enrollment(status="in_training", start_date=date(2025, 6, 30))
    assert rules(session) == []
    assert rules(replace(session, start_date=date(2025, 6, 29))) == ["LONG_OPEN"]
    assert rules(replace(session, start_date=date(2025, 6, 29), status="withdrawn")) == []


def test_warnings_on_certificates_and_evidence():
    landed = Landed(
        enrollments=[
            enrollment("1", person_key="p1", county_code="450202"),
            enrollment("gone", person_key="p2", status="void"),
        ],
        certificates=[
            certificate("own", enrollment_id="1", person_key="p1"),
            certificate("other", enrollment_id="1", person_key="p2"),
            certificate("void", enrollment_id="gone", person_key="p2"),
            certificate("future", enrollment_id="gone", person_key="p2", issued_on=date(2026, 7, 1)),
        ],
        evidence=[evidence("1"), evidence("2", person_key="p2", county_code="450305")],
        landed_at={0: datetime(2026, 1, 1)},
    )
    known = Known(landed, AS_OF)
    rows = reading.rule_violations(known, reading.sessions(known))
    assert [(r["record_key"], r["rule_code"], r["city_code"], r["plan_year"]) for r in rows] == [
        ("other", "CERT_PERSON", "450200", 2025),
        ("void", "CERT_ORPHAN", None, None),
        ("2", "EMPLOYMENT_ORPHAN", "450300", None),
    ]


# ---------------------------------------------------------------------------------------- outcomes
@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        ((2025, 11, 30), 3, (2026, 2, 28)),
        ((2023, 11, 30), 3, (2024, 2, 29)),
        ((2025, 8, 31), 3, (2025, 11, 30)),
        ((2025, 8, 31), 6, (2026, 2, 28)),  # from the end date, not from the clipped third month
        ((2024, 2, 29), 3, (2024, 5, 29)),
        ((2025, 9, 30), 3, (2025, 12, 30)),
        ((2025, 12, 31), 3, (2026, 3, 31)),
        ((2025, 6, 15), 6, (2025, 12, 15)),
        ((2026, 3, 31), -1, (2026, 2, 28)),
    ],
)
def test_months_after(day, months, after):
    assert months_after(date(*day), months) == date(*after)


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        ((2025, 6, 29), "too_early"),
        ((2025, 6, 30), "awaiting"),
        ((2025, 9, 30), "awaiting"),
        ((2025, 10, 1), "not_employed"),
    ],
)
def test_window_without_evidence(as_of, status):
    # Ends 2025-03-31: the window is 2025-06-30 to 2025-09-30.
    assert judged(enrollment(), as_of=date(*as_of))["1"].employment_status == status


@pytest.mark.parametrize(
    ("start", "end", "as_of", "status"),
    [
        ((2020, 1, 1), (2025, 6, 29), (2026, 1, 1), "not_employed"),
        ((2020, 1, 1), (2025, 6, 30), (2026, 1, 1), "employed"),
        ((2025, 9, 30), None, (2026, 1, 1), "employed"),
        ((2025, 10, 1), None, (2026, 1, 1), "not_employed"),
        ((2020, 1, 1), None, (2025, 6, 29), "too_early"),
        ((2020, 1, 1), None, (2025, 6, 30), "employed"),
        ((2025, 7, 2), None, (2025, 7, 1), "awaiting"),  # not yet visible
        ((2025, 7, 2), None, (2025, 7, 2), "employed"),
    ],
)
def test_window_with_evidence(start, end, as_of, status):
    piece = evidence(evidence_from=date(*start), evidence_to=end and date(*end))
    assert judged(enrollment(), evidence=[piece], as_of=date(*as_of))["1"].employment_status == status


def test_certified_on_is_the_first_passed_of_the_enrolment():
    days = [("fail", (2025, 4, 1)), ("pass", (2025, 6, 1)), ("pass", (2025, 5, 1))]
    filed = [certificate(str(n), result=r, issued_on=date(*day)) for n, (r, day) in enumerate(days)]
    assert judged(enrollment(), certificates=filed)["1"].certified_on == date(2025, 5, 1)
    assert judged(enrollment(), certificates=filed[:1])["1"].certified_on is None
    assert judged(enrollment("2"), certificates=filed)["2"].certified_on is None


# ---------------------------------------------------------------------------------------- scopes
def test_a_person_trained_in_two_cities_is_one_of_the_province():
    judged_ones = list(
        judged(
            ending("a", 2025, 6, 1, county_code="450102"),
            ending("b", 2026, 6, 1, county_code="450202", trainee_group="other"),
            ending("c", 2024, 6, 1, person_key="p2"),
        ).values()
    )
    scopes = reading.headcount(judged_ones)
    three = scopes[0, "ALL", "ALL", "ALL"]
    assert (three["persons"], three["counted_sessions"], three["priority_persons"]) == (1, 2, 1)
    assert (three["priority_share_persons"], three["priority_share_sessions"]) == (1.0, 0.5)
    assert scopes[2026, "450200", "ALL", "ALL"]["priority_share_persons"] == 0.0
    assert scopes[2024, "ALL", "AI", "ALL"]["persons"] == 1  # kept, and in no plan figure
    assert (0, "450000", "ALL", "ALL") not in scopes


def test_sessions_to_70_is_the_least():
    assert sessions_to_70(0, 0) is None
    assert sessions_to_70(7, 10) == 0
    assert sessions_to_70(0, 2) == 5
    for t in range(1, 60):
        for p in range(t + 1):
            n = sessions_to_70(p, t)
            assert Fraction(p + n, t + n) >= Fraction(7, 10)
            assert n == 0 or Fraction(p + n - 1, t + n - 1) < Fraction(7, 10)


def test_city_targets_sum_to_the_province():
    for year in reading.PLAN_YEARS:
        targets = reading.city_targets(year)
        assert sum(targets.values()) == reading.TARGET[year]
        assert len(targets) == 14
        people = sum(reading.POPULATION.values())
        for city, target in targets.items():
            assert abs(target - reading.TARGET[year] * reading.POPULATION[city] / people) < 1


def test_elapsed_by_calendar():
    assert reading.elapsed_by_calendar(2025, date(2024, 12, 31)) == 0
    assert reading.elapsed_by_calendar(2025, date(2025, 1, 1)) == 1 / 365
    assert reading.elapsed_by_calendar(2025, date(2026, 3, 1)) == 1


# ---------------------------------------------------------------------------------------- the worlds
def test_zero_bytes_make_an_ordinary_world():
    world = histories.a_world(bytes(Dice.SHARE * Dice.SHARES), histories.Setting(AS_OF))
    assert len(world.enrollments) == 4


def test_placed_worlds_share_no_key():
    world = World([enrollment()], [certificate()], [evidence()], [licence()])
    landed = histories.placed([world, world])
    for records in (landed.enrollments, landed.certificates, landed.evidence, landed.licences):
        assert len({r.key for r in records}) == 2
    assert [histories.number_of(e.person_key) for e in landed.enrollments] == [0, 1]
    assert [histories.number_of(e.enrollment_id) for e in landed.enrollments] == [0, 1]


# ------------------------------------------------------------------- names for codes, and what could not be read
def not_assessed(*enrollments, of="1", **landed) -> list[str]:
    landed.setdefault("licences", [licence()])
    landed.setdefault("certificates", [certificate(person_key="somebody")])
    return judged(*enrollments, **landed)[of].rules_not_assessed


def test_a_name_is_compared_where_there_is_no_code():
    named = {"occupation_name": "米粉师", "skill_level": "4"}
    assert walked(ending("1", 2024, 5, 1, **named), ending("2", 2025, 5, 1, **named)) == {"1": [], "2": ["REPEAT"]}
    code = {"occupation_code": "米粉师", "skill_level": "4"}
    assert walked(ending("1", 2024, 5, 1, **code), ending("2", 2025, 5, 1, **named)) == {"1": [], "2": []}
    higher = certificate(occupation_name="米粉师", skill_level="3")
    assert rules(ending("1", 2025, 5, 1, **named), certificates=[higher]) == ["DOWNGRADE"]
    other = certificate(occupation_code="米粉师", skill_level="3")
    assert rules(ending("1", 2025, 5, 1, **named), certificates=[other]) == []


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"funding_source": "unemployment_insurance", "unread_columns": "receives_unemployment_insurance"}, "UI_ONLY"),
        (
            {
                "training_type": "project",
                "funding_source": "special_account",
                "unread_columns": "project_id,employer_uscc",
            },
            "PROJECT_EMPLOYER",
        ),
        ({"training_type": "project", "employer_uscc": "e", "unread_columns": "park_code"}, "FUND_MATCH"),
    ],
)
def test_a_value_that_could_not_be_read_is_not_assessed_and_never_broken(changes, rule):
    open_one = enrollment(**changes)
    assert not_assessed(open_one) == [rule]
    assert judged(open_one)["1"].is_counted
    assert rules(replace(open_one, unread_columns=None)) == [rule]


def test_what_no_rule_asks_for_leaves_none_open():
    unread = "receives_unemployment_insurance,park_code,employer_uscc,project_id"
    assert not_assessed(enrollment(unread_columns=unread)) == []


def test_occupation_and_level_are_needed_together():
    both = ["DOWNGRADE", "REPEAT"]
    assert not_assessed(enrollment(occupation_code="4-04-05-05", unread_columns="skill_level")) == both
    assert not_assessed(enrollment(skill_level="4", unread_columns="occupation_code")) == both
    assert not_assessed(enrollment(unread_columns="skill_level,occupation_code")) == both
    assert not_assessed(enrollment(unread_columns="skill_level")) == []


def test_a_licence_whose_end_could_not_be_read():
    session = ending("1", 2025, 3, 31)
    unread = licence(licence_from=date(2025, 3, 1), unread_columns="licence_to")
    assert not_assessed(session, licences=[unread]) == ["LICENCE"]
    assert judged(session, licences=[unread])["1"].is_counted
    covering = licence(licence_from=date(2025, 1, 1), licence_to=date(2025, 3, 31))
    assert not_assessed(session, licences=[unread, covering]) == []
    late = replace(unread, licence_from=date(2025, 3, 2))
    assert rules(session, licences=[late]) == ["LICENCE"]


def test_a_certificate_that_could_not_be_read_may_be_the_higher_one():
    session = enrollment(occupation_code="4-04-05-05", skill_level="4")
    unread = certificate(occupation_code="4-04-05-05", unread_columns="skill_level")
    assert not_assessed(session, certificates=[unread]) == ["DOWNGRADE"]
    assert not_assessed(session, certificates=[replace(unread, occupation_code="6-31-01-03")]) == []
    assert not_assessed(session, certificates=[replace(unread, issued_on=date(2025, 4, 1))]) == []
    assert not_assessed(session, certificates=[replace(unread, result="fail")]) == []
    higher = certificate("2", occupation_code="4-04-05-05", skill_level="3")
    assert rules(session, certificates=[unread, higher]) == ["DOWNGRADE"]


def test_what_never_landed_is_not_assessed():
    assert judged(enrollment())["1"].rules_not_assessed == ["DOWNGRADE", "LICENCE"]
    assert judged(enrollment(funding_source="self_funded"))["1"].rules_not_assessed == []


def test_evidence_whose_end_could_not_be_read():
    session = ending("1", 2025, 8, 31)

    def status(**changes):
        found = evidence(unread_columns="evidence_to", **changes)
        return judged(session, evidence=[found])["1"].employment_status

    assert status(evidence_from=date(2025, 11, 29)) == "awaiting"
    assert status(evidence_from=date(2025, 11, 30)) == "employed"
    assert status(evidence_from=date(2026, 3, 1)) == "not_employed"


def test_a_held_batch_counts_from_its_release():
    released = {"released_at": {0: datetime(2026, 1, 5)}}
    assert judged(enrollment(), known_at=datetime(2026, 1, 4), **released) == {}
    assert judged(enrollment(), known_at=datetime(2026, 1, 5), **released)["1"].is_counted

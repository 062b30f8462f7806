"""Each check lists what was planted for it, and nothing that only comes near."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from made_version import (
    OTHER_SCHOOL,
    SCHOOL,
    certificate,
    evidence,
    payment,
    person,
    publish,
    session,
    violation,
)

from audits.catalogue import checks, headings
from audits.pack import audit
from audits.run import NOT_ASSESSED, Finding
from skillsdw.codes import read_seed


def found(tmp_path, check_code: str, landed=None, **tables) -> Finding:
    given = {} if landed is None else {"landed": landed}
    pack = audit(publish(tmp_path / "home", **given, **tables), tmp_path / "out", progress=lambda _: None)
    return next(finding for finding in pack.findings if finding.check.code == check_code)


def column(finding: Finding, name: str) -> list:
    place = finding.columns.index(name)
    return [row[place] for row in finding.rows]


def void_payment(number: int, **changed) -> dict:
    row = payment(number, number, **changed) | {"voided_at": datetime(2026, 5, 1, 9), "person_key": person(number)}
    return {name: value for name, value in row.items() if name != "violations"}


def test_a_payment_without_a_session_is_listed_with_its_void_where_there_is_one(tmp_path):
    finding = found(
        tmp_path,
        "paid_without_session",
        fct_training_session=[session(1)],
        fct_subsidy=[payment(1, 1), payment(2, 99), payment(3, 3)],
        audit_payment_after_void=[void_payment(3, is_after_void=True)],
    )
    assert column(finding, "payment_id") == ["FF-00002", "FF-00003"]
    assert column(finding, "voided_at") == [None, datetime(2026, 5, 1, 9)]
    assert (finding.count, finding.amount) == (2, Decimal("1201.00"))


@pytest.mark.parametrize(("code", "listed"), [("paid_after_void", "FF-00001"), ("paid_then_void", "FF-00002")])
def test_payments_after_a_void_stand_apart_from_those_voided_afterwards(tmp_path, code, listed):
    finding = found(
        tmp_path,
        code,
        audit_payment_after_void=[void_payment(1, is_after_void=True), void_payment(2, is_after_void=False)],
    )
    assert column(finding, "payment_id") == [listed]


def test_a_training_payment_before_the_end_is_listed_one_on_that_day_is_not(tmp_path):
    finding = found(
        tmp_path,
        "paid_before_end",
        fct_training_session=[session(1), session(2, status="in_training", is_completed=False, end_date=None)],
        fct_subsidy=[
            payment(1, 1, paid_on=date(2026, 3, 31)),
            payment(2, 1, paid_on=date(2026, 4, 1)),
            payment(3, 2),
            payment(4, 1, paid_on=date(2026, 3, 31), component="post_employment"),
        ],
    )
    assert sorted(column(finding, "payment_id")) == ["FF-00001", "FF-00003"]


def test_a_payment_before_its_proof_is_listed_one_on_that_day_is_not(tmp_path):
    own, other = session(1)["enrollment_id"], session(2)["enrollment_id"]
    proof = {"enrollment_id": own, "component": "training", "basis": "plan"}
    finding = found(
        tmp_path,
        "paid_before_proof",
        fct_training_session=[session(1), session(2)],
        subsidy_entitlement=[
            proof | {"matured_on": date(2026, 4, 20), "proven_by": "Z1"},
            proof | {"enrollment_id": other, "basis": "standard", "matured_on": date(2026, 4, 20)},
        ],
        fct_subsidy=[
            payment(1, 1, paid_on=date(2026, 4, 19)),
            payment(2, 1, paid_on=date(2026, 4, 20)),
            payment(3, 1, paid_on=date(2026, 4, 19), component="post_employment"),
            payment(4, 1, paid_on=date(2026, 4, 19), amount_yuan=0),
            payment(5, 2, paid_on=date(2026, 4, 19)),
        ],
    )
    assert column(finding, "payment_id") == ["FF-00001"]


def test_a_payment_from_another_fund_than_filed_is_listed(tmp_path):
    filed = session(1)["funding_source"]
    other = "cost_sharing" if filed != "cost_sharing" else "special_account"
    finding = found(
        tmp_path,
        "paid_from_other_fund",
        fct_training_session=[session(1)],
        fct_subsidy=[payment(1, 1, funding_source=other), payment(2, 1, funding_source=filed)],
    )
    assert column(finding, "payment_id") == ["FF-00001"]


def test_a_payee_who_is_not_the_trainee_is_listed_and_one_who_collects_for_three(tmp_path):
    to = {"payee_type": "person", "payee_code": None}
    tables = {
        "fct_training_session": [session(number) for number in range(1, 8)],
        "fct_subsidy": [
            payment(1, 1, payee_key=person(1), **to),
            *(payment(number, number, payee_key=person(90), **to) for number in (2, 3, 4)),
            *(payment(number, number, payee_key=person(91), **to) for number in (5, 6)),
            payment(7, 6, payee_key=person(91), component="post_employment", **to),
            payment(8, 7),
        ],
    }
    other = found(tmp_path, "payee_other_person", **tables)
    assert column(other, "payment_id") == [f"FF-0000{number}" for number in range(2, 8)]
    collects = found(tmp_path / "again", "payee_collects", **tables)
    assert column(collects, "payee_key") == [person(90)]
    assert column(collects, "persons") == [3]
    assert collects.amount == Decimal("1801.50")


def test_a_payment_to_an_institution_other_than_the_class_s_is_listed(tmp_path):
    finding = found(
        tmp_path,
        "payee_other_institution",
        fct_training_session=[session(1)],
        fct_subsidy=[
            payment(1, 1),
            payment(2, 1, payee_code=OTHER_SCHOOL),
            payment(3, 1, payee_type="enterprise", payee_code="X"),
        ],
    )
    assert column(finding, "payment_id") == ["FF-00002"]


def test_institutions_without_a_licence_are_those_that_break_the_rule_or_stand_in_no_register(tmp_path):
    tables = {
        "fct_training_session": [
            session(1),
            session(2, institution_uscc=OTHER_SCHOOL, violations=["LICENCE"]),
            session(3, institution_uscc="X"),
            session(4, institution_uscc="Y", status="withdrawn", is_completed=False),
        ],
        "fct_subsidy": [payment(1, 3)],
        "dim_institution": [
            {"institution_code": SCHOOL, "is_registered": True},
            {"institution_code": OTHER_SCHOOL, "is_registered": True},
            {"institution_code": "X", "is_registered": False},
            {"institution_code": "Y", "is_registered": False},
        ],
    }
    finding = found(tmp_path, "institution_without_licence", **tables)
    assert sorted(column(finding, "institution_uscc")) == [OTHER_SCHOOL, "X"]
    assert finding.amount == Decimal("600.50")
    absent = found(tmp_path / "a", "institution_without_licence", landed=("enrollment", "subsidy"), **tables)
    assert (absent.state, absent.count) == (NOT_ASSESSED, None)


def test_one_person_in_two_classes_that_share_a_day_is_listed(tmp_path):
    ann, bob, eve = person(101), person(102), person(103)
    finding = found(
        tmp_path,
        "two_classes_same_days",
        fct_training_session=[
            session(1, person_key=ann, class_id="A"),
            session(2, person_key=ann, class_id="B", start_date=date(2026, 4, 1), end_date=date(2026, 4, 9)),
            session(3, person_key=bob, class_id="A"),
            session(4, person_key=bob, class_id="B", start_date=date(2026, 4, 2), end_date=date(2026, 4, 9)),
            session(5, person_key=bob, class_id="C", status="withdrawn"),
            session(6, person_key=eve, class_id="D", end_date=None, status="in_training"),
            session(7, person_key=eve, class_id="E", start_date=date(2026, 10, 1), end_date=date(2026, 10, 2)),
            session(8, person_key=bob, class_id="F", end_date=None, status="in_training", violations=["LONG_OPEN"]),
        ],
    )
    pairs = list(zip(column(finding, "enrollment_id"), column(finding, "other_enrollment_id"), strict=True))
    assert pairs == [("PX-00006", "PX-00007"), ("PX-00001", "PX-00002")]
    assert column(finding, "shared_days") == [2, 1]


def test_one_person_twice_in_one_class_is_listed(tmp_path):
    ann = person(101)
    finding = found(
        tmp_path,
        "same_class_twice",
        fct_training_session=[
            session(1, person_key=ann),
            session(2, person_key=ann),
            session(3, person_key=ann, class_id="BJ-2"),
            session(4, person_key=ann, class_id="BJ-2", status="withdrawn"),
            session(5, person_key=ann, institution_uscc=OTHER_SCHOOL),
        ],
    )
    assert column(finding, "enrollment_ids") == [["PX-00001", "PX-00002"]]


def test_a_class_of_more_than_eight_hours_a_day_is_listed_one_of_eight_is_not(tmp_path):
    days = {"start_date": date(2026, 3, 1), "end_date": date(2026, 3, 5)}
    finding = found(
        tmp_path,
        "too_many_hours_a_day",
        fct_training_session=[
            session(1, class_id="full", class_hours=40, **days),
            session(2, class_id="more", class_hours=41, **days),
            session(3, class_id="more", class_hours=41, **days),
            session(4, class_id="left", class_hours=99, status="withdrawn", **days),
        ],
    )
    assert column(finding, "class_id") == ["more"]
    assert column(finding, "hours_a_day") == [Decimal("8.20")]


def test_a_number_of_two_persons_is_listed_with_both(tmp_path):
    both = [
        {"certificate_no": "ZS-1", "person_key": person(number), "enrollment_id": "PX-00001", "first_batch_id": number}
        for number in (1, 2)
    ]
    finding = found(tmp_path, "certificate_two_persons", audit_certificate_conflict=both)
    assert column(finding, "person_key") == [person(1), person(2)]


def test_a_certificate_issued_before_the_class_began_is_listed_one_of_that_day_is_not(tmp_path):
    finding = found(
        tmp_path,
        "certificate_before_start",
        fct_training_session=[session(1)],
        fct_certification=[
            certificate(1, 1, issued_on=date(2026, 1, 31)),
            certificate(2, 1, issued_on=date(2026, 2, 1)),
            certificate(3, 99, issued_on=date(2020, 1, 1)),
        ],
    )
    assert column(finding, "certificate_no") == ["ZS-00001"]


def test_an_institution_where_two_hundred_pass_and_nobody_fails_is_listed(tmp_path):
    def results(school: str, first: int, size: int, fails: int) -> tuple[list, list]:
        numbers = range(first, first + size)
        return (
            [session(number, institution_uscc=school) for number in numbers],
            [certificate(n, n, result="fail" if n < first + fails else "pass") for n in numbers],
        )

    made = [results("ALL", 1000, 200, 0), results("FEWER", 2000, 199, 0), results("ONE FAILS", 3000, 220, 1)]
    finding = found(
        tmp_path,
        "everyone_passes",
        fct_training_session=[row for sessions, _ in made for row in sessions],
        fct_certification=[row for _, certificates in made for row in certificates],
    )
    assert column(finding, "institution_uscc") == ["ALL"]
    assert column(finding, "certificates") == [200]


def test_an_employer_is_listed_for_a_month_far_above_its_own_usual_ones(tmp_path):
    numbers = iter(range(1000, 9000))

    def begins(employer: str, month: int, persons: int) -> list[dict]:
        of = [next(numbers) for _ in range(persons)]
        return [evidence(n, n, employer_uscc=employer, evidence_from=date(2026, month, 10)) for n in of]

    surge = begins("SURGE", 9, 60)
    slips = [row | {"record_id": row["record_id"] + "-2", "evidence_from": date(2026, 10, 10)} for row in surge]
    trained = [session(int(row["record_id"][3:]), institution_uscc=OTHER_SCHOOL) for row in surge[:45]]
    finding = found(
        tmp_path,
        "employer_hires_many",
        fct_training_session=trained,
        fct_employment=[
            *surge,
            *slips,
            *(row for month in (5, 6, 7) for row in begins("SURGE", month, 5)),
            *(row for month in (5, 6, 7, 8) for row in begins("LARGE", month, 60)),
            *(row for month in (5, 6, 7) for row in begins("JUST", month, 5)),
            *begins("JUST", 9, 50),
            *begins("NEW", 9, 49),
            *(row for month in range(1, 9) for place in "ABCD" for row in begins(place, month, 2)),
        ],
    )
    assert column(finding, "employer_uscc") == ["SURGE"]
    assert column(finding, "month") == [date(2026, 9, 1)]
    assert column(finding, "persons") == [60]
    assert column(finding, "main_institution_uscc") == [OTHER_SCHOOL]
    assert column(finding, "main_institution_share") == [Decimal("0.7500")]


def test_work_at_the_class_s_institution_is_told_apart_by_when_it_began(tmp_path):
    at_school = {"employer_uscc": SCHOOL}
    tables = {
        "fct_training_session": [session(number) for number in range(1, 7)],
        "fct_employment": [
            evidence(1, 1, evidence_from=date(2025, 1, 1), **at_school),
            evidence(2, 2, evidence_from=date(2025, 1, 1), evidence_to=date(2026, 1, 31), **at_school),
            evidence(3, 3, evidence_from=date(2025, 1, 1)),
            evidence(4, 4, evidence_from=date(2026, 10, 1), **at_school),
            evidence(5, 5, evidence_from=date(2026, 10, 2), **at_school),
            evidence(6, 6, evidence_from=date(2026, 4, 1), **at_school),
        ],
    }
    before = found(tmp_path, "works_at_institution", **tables)
    assert column(before, "record_id") == ["JY-00001"]
    after = found(tmp_path / "again", "hired_by_institution", **tables)
    assert column(after, "record_id") == ["JY-00004"]


def test_every_rule_of_the_catalogue_is_a_check_that_lists_its_records(tmp_path):
    key = {"enrollment": "PX-00001", "certification": "ZS-00001", "employment": "JY-00001", "subsidy": "FF-00001"}
    rules = read_seed("rule")
    home = publish(
        tmp_path / "home",
        fct_training_session=[session(1)],
        fct_certification=[certificate(1, 1)],
        fct_employment=[evidence(1, 1)],
        fct_subsidy=[payment(1, 1)],
        subsidy_entitlement=[{"enrollment_id": "PX-00001", "component": "training", "ceiling_yuan": 600}],
        fct_rule_violation=[violation(r["rule_code"], r["extract"], key[r["extract"]], "PX-00001") for r in rules],
    )
    findings = audit(home, tmp_path / "out", progress=lambda _: None).findings[: len(rules)]
    assert [finding.check.code for finding in findings] == [rule["rule_code"] for rule in rules]
    for finding, rule in zip(findings, rules, strict=True):
        assert (finding.count, finding.rows[0][0]) == (1, key[rule["extract"]]), rule["rule_code"]
        assert finding.check.clause == rule["clause"]
        assert finding.check.kind == rule["severity"]


def test_overpayment_is_not_assessed_while_nothing_says_what_is_due(tmp_path):
    tables = {"fct_training_session": [session(1)], "fct_subsidy": [payment(1, 1), payment(2, 99)]}
    none = found(tmp_path, "OVERPAID", **tables)
    assert (none.state, none.count, none.amount) == (NOT_ASSESSED, None, None)
    due = {"enrollment_id": "PX-00001", "component": "training", "ceiling_yuan": 700}
    some = found(tmp_path / "again", "OVERPAID", subsidy_entitlement=[due], **tables)
    assert (some.count, some.reason_en[:6]) == (0, "1 of 2")


def test_without_the_optional_extracts_no_check_that_needs_them_says_a_number(tmp_path):
    core = ("enrollment", "certification", "employment")
    pack = audit(publish(tmp_path / "home", landed=core), tmp_path / "out", progress=lambda _: None)
    for finding in pack.findings:
        optional = {"subsidy", "institution", "demand"} & set(finding.check.extracts)
        assert (finding.count is None) == bool(optional), finding.check.code
        assert (finding.state == NOT_ASSESSED) == bool(optional)
        assert finding.amount is None
        if optional:
            assert "从未入库" in finding.reason_zh


def test_every_column_of_every_check_has_a_heading_and_no_heading_is_idle(tmp_path):
    home = publish(tmp_path / "home", subsidy_entitlement=[{"enrollment_id": "x", "component": "training"}])
    findings = audit(home, tmp_path / "out", progress=lambda _: None).findings
    used = {name for finding in findings for name in finding.columns}
    assert used == set(headings())


def test_every_sql_file_belongs_to_a_check():
    from audits.catalogue import HERE

    named = {check.code for check in checks(read_seed("rule"))}
    assert {path.stem for path in HERE.glob("*.sql")} <= named
    assert {path.stem.upper() for path in (HERE / "coverage").glob("*.sql")} <= named

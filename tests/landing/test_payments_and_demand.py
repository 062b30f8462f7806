"""Payments and surveyed shortages land: amounts are exact, and whom a payment went to is no identity."""

import hmac
from decimal import Decimal
from uuid import UUID

import pytest
from landing_material import SCHOOL, person, write_csv, write_parquet, write_xlsx

from skillsdw.landing.identity import uscc_fault
from skillsdw.landing.values import read_amount

SUBSIDY = {
    "发放编号": "FF-001",
    "报名编号": "BM-001",
    "补贴项目": "培训补贴",
    "资金来源": "专账资金",
    "补贴金额(元)": "600",
    "发放日期": "2025-06-01",
    "收款方类型": "机构",
    "收款方代码": SCHOOL.lower(),
    "园区代码": "",
}
DEMAND = {
    "survey_id": "DC-001",
    "surveyed_on": "2025-07-01",
    "county_code": "南宁市",
    "park_code": "P01",
    "industry_code": "AI",
    "occupation_code": "4-04-05-05",
    "vacancies": "1,200",
    "hard_to_fill": "300.0",
    "training_intent": "",
}


def payments(*changes: dict) -> list[list]:
    return [list(SUBSIDY), *([{**SUBSIDY, **change}[name] for name in SUBSIDY] for change in changes)]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("600", "600.00"),
        ("1,234.5", "1234.50"),
        ("0", "0.00"),
        ("600.10", "600.10"),
        ("600.1000", "600.10"),
        ("600.125", None),
        ("-1", None),
        ("6.0E+2", None),
        ("600元", "600.00"),
        ("12,34", None),
        ("999999999999.99", "999999999999.99"),
        ("1000000000000", None),
    ],
)
def test_amounts_are_yuan_with_at_most_two_decimals(text, amount):
    value, reason = read_amount(text)
    assert value == (None if amount is None else Decimal(amount))
    assert (reason is None) == (amount is not None)


@pytest.mark.parametrize("write", [write_csv, write_xlsx, write_parquet])
def test_a_payment_lands_from_every_format(home, land_all, query, write):
    suffix = {write_csv: "csv", write_xlsx: "xlsx", write_parquet: "parquet"}[write]
    amount = "600.50" if write is write_csv else 600.5
    write(home.landing / "subsidy" / f"a.{suffix}", payments({"补贴金额(元)": amount}))
    [result] = land_all().files
    assert (result.rows_landed, result.faults) == (1, [])
    assert query("select * exclude (batch_id, row_number, paid_on, unread_columns) from raw.subsidy") == [
        ("FF-001", "BM-001", "training", "special_account", Decimal("600.50"), "institution", None, SCHOOL)
        + (None,) * 4
    ]


def test_a_person_who_is_paid_is_the_same_pseudonym_as_in_training(home, land_all, query):
    someone = person(5)
    table = payments(
        {"收款方类型": "个人", "收款方代码": someone.lower()},
        {"发放编号": "FF-002", "收款方类型": "企业", "收款方代码": "X-1"},
        {"发放编号": "FF-003", "收款方类型": "个人", "收款方代码": someone},
    )
    write_csv(home.landing / "subsidy" / "a.csv", table)
    assert land_all().rows_landed == 3
    key = home.key_file.read_text().strip().encode()
    expected = UUID(bytes=hmac.digest(key, someone.encode(), "sha256")[:16])
    assert query("select payment_id, payee_key, payee_code from raw.subsidy order by 1") == [
        ("FF-001", expected, None),
        ("FF-002", None, "X-1"),
        ("FF-003", expected, None),
    ]


def test_a_payee_that_could_be_an_identity_is_refused_and_masked(home, land_all, query):
    someone = person(6)
    mistyped = someone[:17] + ("0" if someone[-1] != "0" else "1")
    table = payments(
        {"发放编号": "1", "收款方类型": "个人", "收款方代码": mistyped},
        {"发放编号": "2", "收款方类型": "个人", "收款方代码": "6222020200112233445"},
        {"发放编号": "3", "收款方类型": "机构", "收款方代码": someone},
        {"发放编号": "4", "收款方类型": "机构", "收款方代码": ""},
        {"发放编号": "5"},
    )
    write_csv(home.landing / "subsidy" / "a.csv", table)
    [result] = land_all().files
    assert (result.rows_landed, result.rows_rejected) == (1, 4)
    assert query("select row_number, reason_code from raw.rejected_row order by all") == [
        (2, "id_check_digit"),
        (3, "id_format"),
        (4, "identity_in_value"),
        (5, "missing_value"),
    ]
    everything = str(query("from raw.rejected_row")) + str(query("from raw.subsidy"))
    for path in home.reports.rglob("*"):
        everything += path.read_text(encoding="utf-8") if path.is_file() else ""
    assert someone not in everything
    assert mistyped not in everything
    assert "6222020200112233445" not in everything


def test_a_wrong_amount_is_told(home, land_all, query):
    table = payments(
        {"补贴金额(元)": "六百"}, {"发放编号": "2", "补贴金额(元)": "-5"}, {"发放编号": "3", "补贴金额(元)": ""}
    )
    write_csv(home.landing / "subsidy" / "a.csv", table)
    land_all()
    assert query("select column_name, reason_code, masked_value from raw.rejected_row order by row_number") == [
        ("amount_yuan", "amount_format", "字字"),
        ("amount_yuan", "amount_format", "-N"),
        ("amount_yuan", "missing_value", None),
    ]


def test_a_surveyed_shortage_lands(home, land_all, query):
    write_csv(home.landing / "demand" / "a.csv", [list(DEMAND), list(DEMAND.values())])
    assert land_all().rows_landed == 1
    assert query("select county_code, park_code, vacancies, hard_to_fill, training_intent from raw.demand") == [
        ("450100", "P01", 1200, 300, None)
    ]


@pytest.mark.parametrize("kind", ["机构", "企业"])
@pytest.mark.parametrize(
    "code",
    [
        "张三丰",
        person(3)[:17] + ("1" if person(3)[17] != "1" else "2"),
        person(3)[:6] + person(3)[8:17],
        "6222 0212 3456 7890 123",
        "450128197411267181",
        "李 伟",
        "李伟(代收)",
    ],
    ids=[
        "a name",
        "a mistyped ID",
        "an ID of fifteen digits",
        "a bank card",
        "a mistyped ID that passes for a credit code",
        "a name with a space",
        "a name with a remark",
    ],
)
def test_an_organisations_code_holds_nothing_personal(home, land_all, query, kind, code):
    write_csv(home.landing / "subsidy" / "a.csv", payments({"收款方类型": kind, "收款方代码": code}))
    [result] = land_all().files
    assert [fault["reason"] for fault in result.faults] == ["identity_in_value"]
    assert query("select count(*) from raw.subsidy") == [(0,)]
    assert code.replace(" ", "") not in "".join(
        path.read_text(encoding="utf-8-sig") for path in home.reports.rglob("*") if path.is_file()
    ).replace(" ", "")


def test_a_credit_code_of_digits_alone_is_an_organisations_code(home, land_all, query):
    code = "12450000" + "499999999" + "0"
    code = next(code[:17] + sign for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY" if uscc_fault(code[:17] + sign) is None)
    write_csv(home.landing / "subsidy" / "a.csv", payments({"收款方代码": code}))
    land_all()
    assert query("select payee_code from raw.subsidy") == [(code,)]


def test_a_name_in_a_files_name_is_not_shown(home, land_all, query):
    write_csv(home.landing / "subsidy" / "李伟-2026.csv", payments({}))
    land_all()
    assert query("select file_name from raw.batch") == [("subsidy/字字-2026.csv",)]

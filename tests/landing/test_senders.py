"""Keys belong to senders; what was replaced can be restored; batches are held by themselves; corrections close."""

import shutil

import pytest
from landing_material import (
    CERTIFICATION,
    EMPLOYMENT,
    ENROLLMENT,
    SCHOOL,
    person,
    rows,
    uscc,
    write_csv,
    write_parquet,
    write_xlsx,
)

from skillsdw.landing import LandingError, land, release
from skillsdw.landing.senders import city_of_path

DEMAND = {
    "survey_id": "XQ-1",
    "surveyed_on": "2025-06-01",
    "county_code": "450103",
    "industry_code": "AI",
    "occupation_code": "4-04-05-05",
    "vacancies": "30",
}
SUBSIDY = {
    "payment_id": "FF-1",
    "enrollment_id": "BM-001",
    "component": "training",
    "funding_source": "employment_subsidy",
    "amount_yuan": "600",
    "paid_on": "2025-06-01",
    "payee_type": "institution",
    "payee_id": SCHOOL,
}


def _table(standard, *changes):
    return [list(standard), *([{**standard, **change}[name] for name in standard] for change in changes)]


@pytest.mark.parametrize("write", [write_csv, write_xlsx, write_parquet])
@pytest.mark.parametrize(
    ("extract", "mine", "theirs"),
    [
        ("enrollment", _table(ENROLLMENT, {}), _table(ENROLLMENT, {"county_code": "450202", "person_id": person(9)})),
        ("employment", _table(EMPLOYMENT, {}), _table(EMPLOYMENT, {"county_code": "450202", "person_id": person(9)})),
        ("demand", _table(DEMAND, {}), _table(DEMAND, {"county_code": "450202"})),
        ("certification", _table(CERTIFICATION, {}), _table(CERTIFICATION, {"person_id": person(9)})),
        ("subsidy", _table(SUBSIDY, {}), _table(SUBSIDY, {"enrollment_id": "BM-900"})),
    ],
)
def test_a_key_of_another_sender_is_rejected_and_replaces_nothing(home, query, extract, mine, theirs, write):
    ending = {write_csv: "csv", write_xlsx: "xlsx", write_parquet: "parquet"}[write]
    write(home.landing / extract / f"南宁.{ending}", mine)
    land(home)
    write(home.landing / extract / f"柳州.{ending}", theirs)
    result = land(home).files[-1]
    assert (result.rows_landed, result.rows_rejected) == (0, 1)
    assert query("select batch_id, reason_code from raw.rejected_row") == [(2, "key_of_another_sender")]
    assert query(f"select distinct batch_id from raw.{extract}") == [(1,)]
    assert f"批次1({extract}/南宁.{ending})" in result.message_zh
    assert "批次1" in result.report.with_suffix(".csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    "change", [{"person_id": person(9)}, {"county_code": "450202"}, {"class_hours": "80"}, {"status": "作废"}]
)
def test_a_correction_of_ones_own_lands(home, query, change):
    write_csv(home.landing / "enrollment" / "南宁1.csv", rows({}))
    land(home)
    write_csv(home.landing / "enrollment" / "南宁2.csv", rows(change))
    assert land(home).files[-1].rows_landed == 1
    assert query("select count(*) from raw.enrollment") == [(2,)]


def test_many_files_find_a_known_key_as_few_do(home, query, monkeypatch):
    monkeypatch.setattr("skillsdw.landing.senders._SCANNED", 3)  # from here on fingerprints are kept
    for place in range(9):
        write_csv(home.landing / "enrollment" / f"南宁{place}.csv", rows({"enrollment_id": f"BM-{place}"}))
    stranger = {"enrollment_id": "BM-4", "county_code": "450202", "person_id": person(9)}
    write_csv(home.landing / "enrollment" / "柳州.csv", rows(stranger))
    land(home)
    write_csv(home.landing / "enrollment" / "柳州2.csv", rows(stranger | {"class_hours": "80"}))
    land(home)
    taken = query("select enrollment_id, count(*) from raw.enrollment group by all having count(*) > 1")
    assert taken == []
    assert query("select count(*) from raw.rejected_row where reason_code = 'key_of_another_sender'")[0][0] >= 1


@pytest.mark.parametrize(
    ("path", "city"),
    [
        ("enrollment/南宁/台账.csv", "450100"),
        ("enrollment/南宁市_柳州.csv", None),
        ("enrollment/450200/台账.csv", "450200"),
        ("enrollment/4502_2025.csv", "450200"),
        ("enrollment/青秀区9月.csv", "450100"),
        ("enrollment/南宁/柳州.csv", "450100"),
        ("enrollment/台账20250450.csv", None),
        ("enrollment/台账.csv", None),
    ],
)
def test_a_file_belongs_to_the_city_of_its_folder_or_name(path, city):
    assert city_of_path(path) == city


def test_bytes_sent_again_after_they_were_replaced_restore_their_rows(home, query):
    folder = home.landing / "enrollment"
    original = write_csv(folder / "a.csv", rows({"class_hours": "40"}))
    land(home)
    write_csv(folder / "b.csv", rows({"class_hours": "4"}))
    land(home)
    shutil.copy(original, folder / "c.csv")
    result = land(home).files[-1]
    assert (result.status, result.rows_landed) == ("landed", 1)
    assert "批次1相同" in result.message_zh
    assert "恢复" in result.message_zh
    for _ in range(2):  # what lies in the folder is not sent again
        assert {r.status for r in land(home).files} == {"unchanged"}
    assert query("select class_hours from raw.enrollment order by batch_id") == [(40,), (4,), (40,)]


def test_a_copy_that_was_there_before_restores_nothing(home, query):
    folder = home.landing / "enrollment"
    original = write_csv(folder / "a.csv", rows({"class_hours": "40"}))
    shutil.copy(original, folder / "a-copy.csv")
    land(home)
    write_csv(folder / "b.csv", rows({"class_hours": "4"}))
    land(home)
    assert [r.status for r in land(home).files] == ["unchanged"] * 3
    assert query("select max(batch_id) from raw.enrollment") == [(2,)]


def test_a_file_put_back_under_its_own_name_restores(home, query):
    path = home.landing / "enrollment" / "a.csv"
    for hours in ("40", "4", "40"):
        write_csv(path, rows({"class_hours": hours}))
        land(home)
    assert query("select class_hours from raw.enrollment order by batch_id") == [(40,), (4,), (40,)]
    assert land(home).files[0].status == "unchanged"


def _many(good: int, bad: int, first: int = 0, **change: str) -> list[list[str]]:
    changes = [
        {"enrollment_id": f"BM-{i}", "person_id": person(i % 900)}
        | ({} if i < first + good else {"class_hours": "很多"})
        for i in range(first, first + good + bad)
    ]
    return rows(*(row | change for row in changes))


def test_a_batch_above_the_share_is_held_by_itself(home, query):
    write_csv(home.landing / "enrollment" / "南宁.csv", _many(60, 60))
    write_csv(home.landing / "enrollment" / "柳州.csv", _many(100, 10, 1000, county_code="450202"))
    summary = land(home)
    assert {r.file_name: r.status for r in summary.files} == {
        "enrollment/南宁.csv": "held",
        "enrollment/柳州.csv": "landed",
    }
    assert summary.refused_anything
    assert query("select count(*), min(county_code) from raw.enrollment") == [(100, "450202")]
    assert query("select count(*) from held.enrollment") == [(60,)]
    held = next(r for r in summary.files if r.status == "held")
    assert "暂扣" in held.message_zh
    assert f"--release {held.batch_id}" in held.message_zh
    assert {r.status for r in land(home).files} == {"unchanged"}


@pytest.mark.parametrize("name", ["南宁-更正.csv", "别的名称.csv"])
def test_a_correction_releases_what_was_held_and_closes_what_was_rejected(home, query, name):
    write_csv(home.landing / "enrollment" / "南宁.csv", _many(60, 60))
    land(home)
    write_csv(home.landing / "enrollment" / name, _many(60, 0, 60))
    summary = land(home)
    assert summary.released == (1,)
    assert query("select status from raw.batch order by batch_id") == [("landed",), ("landed",)]
    assert query("select count(*), count(distinct enrollment_id) from raw.enrollment") == [(120, 120)]
    assert query("select count(*), count(distinct row_number), any_value(by_batch_id) from raw.correction") == [
        (60, 60, 2)
    ]
    assert query("select batch_id, reason from raw.batch_release") == [(1, "由批次2更正 / corrected by batch 2")]
    assert query("select count(*) from held.enrollment") == [(0,)]


def test_what_a_correction_released_is_known_to_the_files_after_it_in_the_same_landing(home, query):
    """The released rows' keys came into raw behind the back of what is remembered of this landing's keys."""
    write_csv(home.landing / "enrollment" / "南宁.csv", _many(60, 60))
    land(home)
    write_csv(home.landing / "enrollment" / "南宁-更正.csv", _many(60, 0, 60))
    others = {f"BM-{n}": person(500 + n) for n in range(10)}  # keys of the rows that were held, other persons
    taken = [{"enrollment_id": key, "person_id": who, "county_code": "450202"} for key, who in others.items()]
    write_csv(home.landing / "enrollment" / "柳州.csv", rows(*taken))
    assert land(home).released == (1,)
    assert query("select reason_code, count(*) from raw.rejected_row where batch_id = 3 group by all") == [
        ("key_of_another_sender", 10)
    ]
    assert query("select count(*), count(distinct enrollment_id) from raw.enrollment") == [(120, 120)]


def test_an_operator_releases_a_held_batch_and_the_reason_is_kept(home, query):
    write_csv(home.landing / "enrollment" / "南宁.csv", _many(60, 60))
    land(home)
    with pytest.raises(LandingError, match="没有这个批次"):
        release(home, 7, "x")
    release(home, 1, "已电话核实")
    assert query("select reason from raw.batch_release") == [("已电话核实",)]
    assert query("select count(*) from raw.enrollment where batch_id = 1") == [(60,)]
    with pytest.raises(LandingError, match="已经入库"):
        release(home, 1, "x")


def test_a_lost_warehouse_comes_back_with_what_was_held_and_released(home, query):
    write_csv(home.landing / "enrollment" / "南宁.csv", _many(60, 60))
    write_csv(home.landing / "enrollment" / "柳州.csv", _many(60, 60, 1000, county_code="450202"))
    land(home, backfill=True)
    release(home, 1, "已核实")
    before = [
        query(f"select * from {table} order by all") for table in ("raw.batch", "raw.batch_release", "raw.backfill")
    ]
    home.warehouse.unlink()
    land(home)
    after = [
        query(f"select * from {table} order by all") for table in ("raw.batch", "raw.batch_release", "raw.backfill")
    ]
    assert after == before
    assert query("select count(*) from raw.enrollment") == [(60,)]
    assert query("select count(*) from held.enrollment") == [(60,)]


def test_a_refused_file_is_closed_by_what_was_sent_instead(home, query):
    without = [[cell for place, cell in enumerate(row) if place != 1] for row in rows({})]
    write_csv(home.landing / "enrollment" / "南宁" / "9月.csv", without)
    write_csv(home.landing / "enrollment" / "柳州" / "9月.csv", [["x"], ["1"]])
    land(home)
    write_csv(home.landing / "enrollment" / "南宁" / "另报.csv", rows({}))
    land(home)
    assert query(
        "select c.row_number, b.file_name, c.by_batch_id from raw.correction c join raw.batch b using (batch_id)"
    ) == [(None, "enrollment/南宁/9月.csv", 3)]


def test_institutions_are_known_by_name_where_the_register_has_one(home, query):
    school = "南宁示范技工学校"
    named = [name for name in ENROLLMENT if name != "institution_uscc"]

    def sessions(*names: str) -> list[list[str]]:
        changes = [{**ENROLLMENT, "enrollment_id": f"BM-{n}", "person_id": person(n)} for n in range(len(names))]
        return [
            [*named, "培训单位名称"],
            *([change[name] for name in named] + [school_] for change, school_ in zip(changes, names, strict=True)),
        ]

    register = {
        "institution_uscc": SCHOOL,
        "name": school,
        "kind": "技工学校",
        "county_code": "450103",
        "licence_from": "2024-01-01",
    }
    double = [{"institution_uscc": uscc(f"52450100MJ765432{n}"), "name": "两所学校"} for n in (1, 2)]
    write_csv(home.landing / "institution" / "名录.csv", _table(register, {}, *double))
    write_csv(
        home.landing / "enrollment" / "花名册.csv", sessions(school, " 南宁示范 技工学校", "没有的学校", "两所学校", "")
    )
    land(home)
    assert query("select enrollment_id, institution_uscc from raw.enrollment order by 1") == [
        ("BM-0", SCHOOL),
        ("BM-1", SCHOOL),
    ]
    assert query("select row_number, column_name, reason_code, masked_value from raw.rejected_row order by 1") == [
        (4, "institution_name", "institution_not_found", "没有的学校"),
        (5, "institution_name", "institution_ambiguous", "字字字字"),
        (6, "institution_name", "missing_value", None),
    ]

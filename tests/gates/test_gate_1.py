"""Gate 1: a clean warehouse passes, and each planted fault fails its own check and no other."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from planted import Planted

from expectations.result import stops_publish

REJECTED_BATCH = (
    "insert into raw.batch values (9, 'employment', 'employment/c.csv', 'f', timestamp '{landed_at}', "
    "'landed', {read}, 0, {read}, null)"
)

# Faults that have nothing to do with each other share a warehouse, so that each gate runs a few times only.
FAULTS = [
    {
        "rows lost on landing": (
            "update raw.batch set rows_read = rows_read + 1 where batch_id = 3",
            ("rows_accounted", "raw.batch", "error"),
        ),
        "a refused file": (
            "insert into raw.batch values (9, 'enrollment', 'enrollment/x.csv', 'f', "
            "timestamp '2026-10-21 09:00:00', 'refused', null, null, null, 'no header')",
            ("files_refused", "raw.batch", "warning"),
        ),
        "a stale extract": (
            "update raw.batch set landed_at = timestamp '2026-09-01 09:00:00' where extract = 'certification'",
            ("extract_fresh", "raw.certification", "warning"),
        ),
        "rows missing from a batch": (
            "delete from raw.employment where row_number = 2",
            ("rows_landed", "raw.employment", "error"),
        ),
        "a key twice in a batch": (
            "update raw.certification set certificate_no = 'Z000000000000' where row_number = 3",
            ("key_unique", "raw.certification", "error"),
        ),
        "an unknown sex": (
            "update raw.enrollment set sex = '男' where row_number = 9",
            ("code_known", "raw.enrollment.sex", "error"),
        ),
        "an unknown code": (
            "update raw.enrollment set trainee_group = 'veterans' where row_number = 9",
            ("code_known", "raw.enrollment.trainee_group", "error"),
        ),
        "a county of another province": (
            "update raw.enrollment set county_code = '440106' where row_number = 9",
            ("code_known", "raw.enrollment.county_code", "error"),
        ),
        "a date before the plausible ones": (
            "update raw.certification set issued_on = date '1926-03-01' where row_number = 9",
            ("date_plausible", "raw.certification.issued_on", "warning"),
        ),
        "an ID as project number": (
            "update raw.enrollment set project_id = '450102199003071238' where row_number = 9",
            ("identity_absent", "raw.enrollment", "error"),
        ),
        "an ID in a file name": (
            "update raw.batch set file_name = 'enrollment/张三45010219900307018x.csv' where batch_id = 1",
            ("identity_absent", "raw.batch", "error"),
        ),
    },
    {
        "row counts missing": (
            "update raw.batch set rows_rejected = null where batch_id = 3",
            ("rows_accounted", "raw.batch", "error"),
        ),
        "a small file rejected whole": (
            REJECTED_BATCH.format(landed_at="2026-10-21 09:00:00", read=20),
            ("reject_share_high", "raw.batch", "warning"),
        ),
        "rows of a batch that nobody recorded": (
            "update raw.employment set batch_id = 77 where row_number = 2; "
            "update raw.batch set rows_read = rows_read - 1, rows_landed = rows_landed - 1 where batch_id = 3",
            ("rows_landed", "raw.employment", "error"),
        ),
        "a person without a key": (
            "update raw.employment set person_key = null where row_number = 2",
            ("person_key_present", "raw.employment.person_key", "error"),
        ),
        "a county code that a newer one replaced": (
            "update raw.enrollment set county_code = '450127' where row_number = 9",
            ("code_known", "raw.enrollment.county_code", "error"),
        ),
        "a date far in the future": (
            "update raw.enrollment set end_date = date '2126-03-01' where row_number = 9",
            ("date_plausible", "raw.enrollment.end_date", "warning"),
        ),
        "an unmasked ID among the rejected rows": (
            "insert into raw.rejected_row values (1, 2, 'person_id', 'id_check_digit', '450102199003071230', null)",
            ("identity_absent", "raw.rejected_row", "error"),
        ),
        "an ID in a column of company codes": (
            "update raw.employment set employer_uscc = '450102199003071238' where row_number = 9",
            ("identity_absent", "raw.employment", "error"),
        ),
    },
    {
        "many rows rejected": (
            "update raw.batch set rows_read = rows_read + 6, rows_rejected = 6 where batch_id = 3",
            ("reject_share_high", "raw.batch", "warning"),
        ),
    },
    {
        "a required extract that never landed": (
            "delete from raw.batch where extract = 'employment'; drop table raw.employment",
            ("extract_landed", "raw.employment", "error"),
        ),
    },
]


def test_a_clean_warehouse_passes(warehouse: Planted) -> None:
    results = warehouse.run("gate_1")
    assert [result for result in results if result.status != "passed"] == []
    named = {(result.check_name, result.subject, result.severity) for result in results}
    assert len(named) == len(results)
    assert not stops_publish(results)


@pytest.mark.parametrize("faults", FAULTS)
def test_each_fault_fails_its_own_check_and_no_other(
    warehouse: Planted, faults: dict[str, tuple[str, tuple[str, ...]]]
) -> None:
    warehouse.plant(*(statement for statement, _ in faults.values()))
    expected = {(*expected, "failed") for _, expected in faults.values()}
    assert len(expected) == len(faults)
    assert set(warehouse.faults("gate_1")) == expected


HELD_BATCH = (
    "insert into raw.batch values (9, 'employment', 'employment/南宁/c.csv', 'f', timestamp '2026-08-03 09:00:00', "
    "'held', 200, 0, 120, null)"
)
RELEASED = "insert into raw.batch_release values (9, timestamp '2026-10-25 09:00:00', 'looked at')"


def found(warehouse: Planted, **options: object) -> dict[str, str | None]:
    """What gate 1 found, by check."""
    return {one.check_name: one.observed for one in warehouse.run("gate_1", **options) if one.status == "failed"}


def test_a_large_file_mostly_rejected_is_no_fault_of_the_warehouse(warehouse: Planted) -> None:
    results = warehouse.plant(REJECTED_BATCH.format(landed_at="2026-10-21 09:00:00", read=200)).run("gate_1")
    assert {one.check_name for one in results if one.status != "passed"} == {"reject_share_high"}
    assert not stops_publish(results)


def test_a_held_batch_is_named_with_its_sender_its_rows_and_its_day_however_long_ago(warehouse: Planted) -> None:
    results = warehouse.plant(HELD_BATCH).run("gate_1")
    (held,) = [one for one in results if one.status != "passed"]
    assert (held.check_name, held.severity, held.unexpected_count) == ("batches_held", "warning", 1)
    assert held.observed == (
        "batch_id=9, sender=南宁, file_name=employment/南宁/c.csv, rows_read=200, since=2026-08-03"
    )
    assert "skillsdw land --release" in held.message_zh
    assert "skillsdw land --release" in held.message_en


def test_the_sender_of_a_held_batch_is_the_city_of_its_rows(warehouse: Planted) -> None:
    warehouse.plant(
        HELD_BATCH,
        "create schema held; create table held.employment as "
        "select * replace (9::bigint as batch_id, '450202' as county_code) from raw.employment limit 3",
    )
    assert "sender=柳州市" in found(warehouse)["batches_held"]


def test_what_waits_holds_no_identity_either(warehouse: Planted) -> None:
    warehouse.plant(
        HELD_BATCH,
        "create schema held; create table held.employment as "
        "select * replace ('450102199003071238' as record_id) from raw.employment limit 1",
    )
    assert set(found(warehouse)) == {"batches_held", "identity_absent"}


def test_a_release_or_a_correction_ends_the_holding(warehouse: Planted) -> None:
    warehouse.plant(HELD_BATCH, "insert into raw.correction values (9, null, 5)")
    assert found(warehouse) == {}
    warehouse.plant(
        "delete from raw.correction",
        "update raw.batch set status = 'landed', rows_landed = 80 where batch_id = 9",
        RELEASED,
    )
    assert set(found(warehouse)) == {"rows_landed"}  # its rows are not in raw in this test, as they are in life


def test_before_its_release_a_batch_was_held_and_its_rows_unknown(warehouse: Planted) -> None:
    warehouse.plant(
        "update raw.batch set extract = 'employment', landed_at = timestamp '2026-10-21 09:00:00' where batch_id = 3",
        RELEASED.replace("(9", "(3"),
    )
    assert found(warehouse) == {}
    before = found(warehouse, known_at=datetime(2026, 10, 24))
    assert set(before) == {"batches_held", "extract_landed"}
    assert "extract_landed" not in found(warehouse, known_at=datetime(2026, 10, 26))


@pytest.mark.parametrize("row_number", [None, 7])
def test_only_the_correction_of_a_file_as_a_whole_closes_a_refusal(warehouse: Planted, row_number: int | None) -> None:
    refused = "(9, 'enrollment', 'enrollment/x.csv', 'f', timestamp '2026-10-06 09:00:00', 'refused', 0, 0, 0, 'x')"
    warehouse.plant(f"insert into raw.batch values {refused}")
    assert found(warehouse) == {"files_refused": "batch_id=9, extract=enrollment, file_name=enrollment/x.csv"}
    warehouse.plant(f"insert into raw.correction values (9, {row_number or 'null'}, 5)")
    assert ("files_refused" in found(warehouse)) == (row_number is not None)
    # Before the correcting batch landed it was open.
    assert "files_refused" in found(warehouse, known_at=datetime(2026, 10, 12))


def test_rejected_rows_count_until_they_are_corrected(warehouse: Planted) -> None:
    warehouse.plant(REJECTED_BATCH.format(landed_at="2026-10-06 09:00:00", read=20))
    assert found(warehouse) == {"reject_share_high": "batch_id=9, extract=employment, reject_share=1.0"}
    warehouse.plant("insert into raw.correction select 9, unnest(range(1, 19)), 5")
    assert found(warehouse) == {"reject_share_high": "batch_id=9, extract=employment, reject_share=0.1"}
    warehouse.plant("insert into raw.correction values (9, 19, 5), (9, 19, 5)")
    assert found(warehouse) == {}


def test_an_old_and_a_not_yet_known_batch_are_not_judged(warehouse: Planted) -> None:
    for batch, landed_at in ((9, "2026-10-19 09:00:00"), (10, "2026-01-05 09:00:00"), (11, "2026-10-25 09:00:00")):
        warehouse.plant(REJECTED_BATCH.replace("(9,", f"({batch},").format(landed_at=landed_at, read=200))
    assert found(warehouse, known_at=datetime(2026, 10, 22, 12)) == {
        "reject_share_high": "batch_id=9, extract=employment, reject_share=1.0"
    }


def test_a_date_that_a_later_batch_corrected_is_history(warehouse: Planted) -> None:
    warehouse.plant("update raw.enrollment set start_date = date '1925-03-01' where row_number < 7 and batch_id = 1")
    # Batch 5 brought rows 2 to 4 again, with the dates that were right.
    assert found(warehouse) == {"date_plausible": "start_date=1925-03-01, faults=2"}


def test_messages_say_what_is_so(warehouse: Planted) -> None:
    """A check of what may be has a sentence for either case, or one that says what must hold."""
    for gate in ("gate_1", "gate_2"):
        for one in warehouse.run(gate):
            assert re.search("应|不得|须|没有|不超过|均|不作比较", one.message_zh), one.message_zh
    refused = "(9, 'enrollment', 'enrollment/x.csv', 'f', timestamp '2026-10-21 09:00:00', 'refused', 0, 0, 0, 'x')"
    warehouse.plant(f"insert into raw.batch values {refused}")
    (one,) = [one for one in warehouse.run("gate_1") if one.status == "failed"]
    assert one.message_en.startswith("Files were refused as a whole")
    assert "没有" not in one.message_zh


def test_a_home_without_the_tables_of_corrections_is_judged_all_the_same(warehouse: Planted) -> None:
    for table in ("batch_release", "correction", "backfill"):
        warehouse.plant(f"drop table raw.{table}")
    assert found(warehouse) == {}
    assert found(warehouse, known_at=datetime(2026, 10, 22)) == {}


def test_an_optional_extract_that_never_landed_is_no_fault(warehouse: Planted) -> None:
    warehouse.plant("delete from raw.batch where extract = 'institution'; drop table raw.institution")
    assert warehouse.faults("gate_1") == []


def test_numbers_that_only_resemble_an_id_pass(warehouse: Planted) -> None:
    warehouse.plant(
        # a class number (county, date, sequence), a time stamp, a wrong check digit, 19 digits, a masked ID
        "update raw.enrollment set class_id = '450102202603010001' where row_number = 9",
        "update raw.enrollment set class_id = '202603191205220001' where row_number = 10",
        "insert into raw.rejected_row values (1, 2, 'person_id', 'id_check_digit', '4501**********34', null)",
        "update raw.enrollment set project_id = '4501021990030712385' where row_number = 11",
        "update raw.enrollment set project_id = '450102199003071230' where row_number = 12",
    )
    assert [fault for fault in warehouse.faults("gate_1") if fault[0] == "identity_absent"] == []


def test_a_finding_shows_no_identity(warehouse: Planted) -> None:
    warehouse.plant("update raw.enrollment set status = '450102199003071238' where row_number = 9")
    results = warehouse.run("gate_1")
    assert {result.check_name for result in results if result.status == "failed"} == {
        "code_known",
        "identity_absent",
    }
    assert "450102199003071238" not in "".join(str(result) for result in results)


def test_a_missing_table_or_column_crashes_what_needs_it_and_nothing_else(warehouse: Planted) -> None:
    warehouse.plant("drop table raw.employment", "alter table raw.enrollment drop column sex")
    results = warehouse.run("gate_1")
    crashed = {(result.check_name, result.subject) for result in results if result.status == "crashed"}
    assert ("rows_landed", "raw.employment") in crashed
    assert ("code_known", "raw.employment.evidence_type") in crashed
    assert {item for item in crashed if not item[1].startswith("raw.employment")} == {
        ("code_known", "raw.enrollment.sex")
    }
    assert {result.status for result in results if (result.check_name, result.subject) not in crashed} == {"passed"}
    assert stops_publish(results)

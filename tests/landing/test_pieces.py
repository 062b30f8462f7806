"""A file cut into pieces says what it says as a whole, and what the workers leave on disk holds no identity."""

import os
import shutil
import tempfile
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from landing_material import EMPLOYMENT, enrollments, person, rows, write_csv
from made_key import made_key

from skillsdw.home import Home
from skillsdw.landing import LandingError, batch, land, pieces, record, text_file

HEADER = list(EMPLOYMENT)


def landed(content: bytes, piece_bytes: int | None, strictly: bool = False) -> tuple:
    """What landing says of an employment file: rows, faults and the words about them."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        home = Home(Path(folder) / "data")
        (home.landing / "employment").mkdir(parents=True)
        (home.landing / "employment" / "a.csv").write_bytes(content)
        if piece_bytes:
            patch.setattr(text_file, "PIECE_BYTES", piece_bytes)
        if strictly:
            real = text_file._survey
            patch.setattr(text_file, "_survey", lambda handle, head: replace(real(handle, head), is_tidy=False))
        patch.setenv("SKILLSDW_HMAC_KEY", made_key())
        [result] = land(home, threads=1).files
        with duckdb.connect(str(home.warehouse), read_only=True) as con:
            found = con.execute("from raw.employment order by row_number").fetchall()
            faults = con.execute("from raw.rejected_row order by all").fetchall()
        csvs = [path.read_bytes() for path in sorted((home.reports / "landing").glob("*.csv"))]
        return result.status, result.rows_read, result.message_zh.split("reports/")[0], found, faults, csvs


def line(number: int, **changed: str) -> list[str]:
    row = EMPLOYMENT | {"record_id": f"JY-{number:03d}", "person_id": person(number % 900)} | changed
    return [row[name] for name in HEADER]


CELLS = st.sampled_from(["", "社保", "2025-05-01", "450103", "x", "无", '"quoted"', "a b", "甲", "2025年5月1日", " "])
ORDINARY = st.builds(lambda n: ",".join(line(n)), st.integers(1, 8))
ODD = st.one_of(
    st.just(""),
    st.just("   "),
    st.just("合计,,,"),
    st.lists(CELLS, min_size=1, max_size=12).map(",".join),
    st.builds(lambda n: ",".join(line(n)[:4]), st.integers(1, 8)),
    st.builds(lambda n: ",".join(line(n)) + ",extra", st.integers(1, 8)),
    st.builds(lambda n: ",".join(line(n, employer_uscc='"a\nb"')), st.integers(1, 8)),
    st.builds(lambda n: ",".join(line(n, employer_uscc='5"')), st.integers(1, 8)),
    st.builds(lambda n: ",".join(line(n)) + "\r" + ",".join(line(n + 1)), st.integers(1, 8)),
    st.just('"'),
)


CUTS = int(os.environ.get("SKILLSDW_CUTS", "80"))


@settings(max_examples=CUTS, deadline=None)
# 社保 in GB18030 looks like half a character and a whole one of UTF-8.
@example([",".join(line(n)) for n in range(1, 3)], [], "\n", False, "gb18030", 1)
@given(
    lines=st.lists(st.one_of(ORDINARY, ORDINARY, ODD), max_size=14),
    titles=st.lists(st.sampled_from(["台账", "台账,,,", "2025年\r台账", '"题\n目",,']), max_size=2),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    piece_bytes=st.sampled_from([1, 120, 300, 1000]),
)
def test_a_file_cut_anywhere_reads_as_the_strict_reader_reads_it(lines, titles, end, last, encoding, piece_bytes):
    text = end.join([*titles, ",".join(HEADER), *lines]) + (end if last else "")
    content = text.encode(encoding)
    assert landed(content, piece_bytes) == landed(content, None, strictly=True)


BODY = [",".join(HEADER), *(",".join(line(n)) for n in range(1, 13))]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("\r".join(BODY) + "\r\n\n", 12),
        ("\r".join(BODY[:7]) + "\n" + "\n".join(BODY[7:]) + "\n", 12),
        ("2025年台账\r(一季度),,\n" + "\n".join(BODY), 12),
        ("\n".join([*BODY[:11], BODY[11] + ",,\r" + ",".join(line(50)) + "\r" + ",".join(line(51)), BODY[12]]), 14),
    ],
    ids=["old Mac", "mixed ends", "in a title", "after surplus cells"],
)
def test_lone_carriage_returns_lose_no_row(text, count):
    status, rows_read, *_ = landed(text.encode(), None)
    assert (status, rows_read) == ("landed", count)


def test_a_row_within_a_quoted_value_is_no_row_wherever_the_file_is_cut():
    inner = ",".join(line(99))
    text = "\n".join([*BODY[:6], ",".join([*line(60)[:-1], f'"甲\n{inner}"']), *BODY[6:]]) + "\n"
    cut = len("\n".join(BODY[:6]).encode()) + 30
    assert landed(text.encode(), cut) == landed(text.encode(), None, strictly=True)


def test_quotes_that_only_balance_by_number_are_refused():
    text = "\n".join([*BODY[:3], ",".join(line(60, employer_uscc='5"')), *BODY[3:], BODY[1][:-1] + ',"尾'])
    assert landed(text.encode(), None)[0] == "refused"


def test_a_quote_mark_that_draws_rows_into_the_header_is_told_and_no_value_shown():
    text = "\n".join([BODY[0] + ',"备注', BODY[1] + ',正常"', *(row + "," for row in BODY[2:])])
    status, _, message, *_ = landed(text.encode(), None)
    assert status == "refused"
    assert "双引号" in message
    assert "JY-001" not in message


def test_keys_repeated_across_pieces_leave_the_last_accepted_row():
    bad = ",".join(line(1, evidence_from="?"))
    text = "\n".join([BODY[0], BODY[1], *BODY[5:], BODY[1], bad]) + "\n"
    for piece_bytes in (None, 100, 400):
        _, _, _, found, faults, _ = landed(text.encode(), piece_bytes)
        assert [row[-1] for row in found if row[0] == "JY-001"] == [11]
        assert [(fault[1], fault[3]) for fault in faults] == [(2, "superseded_in_file"), (12, "date_format")]


def test_what_waits_on_disk_holds_nothing_of_rejected_rows(home, land_all, monkeypatch):
    secrets = (person(7), person(8), "韦晓阳")
    table = rows(
        {"enrollment_id": "A"},
        {"enrollment_id": "B", "project_id": f"{secrets[2]}的项目"},
        {"enrollment_id": "C", "class_id": secrets[0]},
        {"enrollment_id": "D", "project_id": secrets[1]},
    )
    write_csv(home.landing / "enrollment" / "a.csv", [*table, [f"制表人:{secrets[2]}", *[""] * (len(table[0]) - 1)]])
    on_disk: list[bytes] = []
    real = record.Recorder._commit

    def look(*arguments):
        on_disk.extend(path.read_bytes() for path in home.tmp.rglob("*") if path.is_file())
        real(*arguments)

    monkeypatch.setattr(record.Recorder, "_commit", look)
    [result] = land_all().files
    assert (result.rows_landed, result.rows_rejected) == (1, 3)
    assert on_disk
    for secret in secrets:
        assert not any(secret.encode() in content for content in on_disk)


class Dying(Executor):
    """Workers that the system ends."""

    def submit(self, *_: object, **__: object):
        raise BrokenProcessPool


def test_a_worker_that_the_system_ends_is_no_fault_of_the_file(home, land_all, query, monkeypatch):
    write_csv(home.landing / "enrollment" / "a.csv", enrollments(3))

    @contextmanager
    def dying(*_: object):
        yield Dying()

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(batch, "workers", dying)
            with pytest.raises(LandingError, match="ended by the system"):
                land_all()
    assert query("select count(*) from raw.batch") == [(0,)]
    assert land_all().rows_landed == 3


def test_a_full_disk_is_no_fault_of_the_file(home, land_all, query, monkeypatch):
    write_csv(home.landing / "enrollment" / "a.csv", enrollments(3))
    with monkeypatch.context() as patch:
        patch.setattr(pieces.pa.ipc, "new_file", _disk_full)
        with pytest.raises(LandingError, match="temporary file"):
            land_all()
    assert query("select count(*) from raw.batch") == [(0,)]
    assert land_all().rows_landed == 3


def _disk_full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_processes_land_what_the_one_process_lands(home, query, monkeypatch, tmp_path):
    write_csv(home.landing / "enrollment" / "a.csv", enrollments(400), end="\n")
    write_csv(home.landing / "enrollment" / "b.csv", rows({"enrollment_id": "X"}, {"class_hours": "?"}), "gb18030")
    other = Home(tmp_path / "other")
    shutil.copytree(home.landing, other.landing)
    monkeypatch.setenv("SKILLSDW_HMAC_KEY", made_key())
    land(home, threads=1)
    monkeypatch.setattr(pieces, "_WORTH_PROCESSES", 0)
    summary = land(other)
    assert (summary.rows_landed, summary.rows_rejected) == (401, 1)
    with duckdb.connect(str(other.warehouse), read_only=True) as con:
        for table in ("enrollment", "rejected_row"):
            sql = f"from raw.{table} order by all"
            assert con.execute(sql).fetchall() == query(sql)
    assert list(other.tmp.iterdir()) == []

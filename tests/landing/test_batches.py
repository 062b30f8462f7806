"""Batches: in order, once, whole or not at all; one key; one landing at a time."""

import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest
from landing_material import enrollments, rows, write_csv, write_xlsx
from made_key import made_key

from skillsdw.home import Home, HomeBusy, UnsafeHome, beijing_now, exclusive
from skillsdw.landing import LandingError, batch, ensure_raw, land, record, reports
from skillsdw.landing.files import extends, landing_order


def test_files_land_in_the_order_in_which_people_read_their_paths(home, land_all, query):
    names = ("c.csv", "b/2.csv", "a/9.csv", "a/10.csv")
    for name in names:
        write_csv(home.landing / "enrollment" / name, rows({"enrollment_id": name}))
    land_all()
    assert [name for (name,) in query("select file_name from raw.batch order by batch_id")] == [
        "enrollment/c.csv",
        "enrollment/a/9.csv",
        "enrollment/a/10.csv",
        "enrollment/b/2.csv",
    ]
    assert query("select batch_id, rows_read, rows_landed from raw.batch order by 1") == [
        (i, 1, 1) for i in range(1, 5)
    ]


# What a later file's name has more than the one that it corrects or copies.
MARKS = ["(更正)", "(更正)", "-更正", "_更正", "更正", " (2)", "(1)", "v2", "【修订】", " - 副本", "-更正2", "_最终版"]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("base", ["台账", "青秀区2025年9月", "roster"])
@pytest.mark.parametrize(("ending", "other"), [(".csv", ".csv"), (".xlsx", ".csv"), (".csv", ".xlsx")])
def test_a_correction_lands_behind_what_it_corrects(base, mark, ending, other):
    original, correction = f"enrollment/{base}{ending}", f"enrollment/{base}{mark}{other}"
    assert landing_order(original) < landing_order(correction)
    assert extends(correction, original)
    assert not extends(original, correction)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("9月.csv", "10月.csv"),
        ("2025年3月.csv", "2025年10月.csv"),
        ("三月.csv", "十月.csv"),
        ("十二月.csv", "二十月.csv"),
        ("第2期.csv", "第11期.csv"),
        ("台账(1).csv", "台账(2).csv"),
        ("台账-更正.csv", "台账-更正2.csv"),
        ("更正台账9月.csv", "台账10月.csv"),
        ("2025年9月.csv", "2025年10月.csv"),
        ("b9/1.csv", "b10/1.csv"),
    ],
)
def test_numbers_in_names_count_by_their_value(earlier, later):
    assert landing_order(f"enrollment/{earlier}") < landing_order(f"enrollment/{later}")
    assert not extends(later, earlier) or "更正2" in later or "(2)" in later


@pytest.mark.parametrize(("first", "second"), [("xlsx", "xlsm"), ("xlsm", "xlsx")])
def test_of_two_workbooks_of_one_name_the_one_saved_last_lands_last(home, land_all, query, first, second):
    folder = home.landing / "enrollment"
    for day, ending, hours in ((1, first, "80"), (2, second, "96")):
        path = write_xlsx(folder / "saved.xlsx", rows({"class_hours": hours}))
        with zipfile.ZipFile(path) as package:
            parts = {name: package.read(name) for name in package.namelist()}
        parts["docProps/core.xml"] = re.sub(
            rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-03-0%dT08:00:00Z" % day, parts["docProps/core.xml"]
        )
        path.unlink()
        with zipfile.ZipFile(folder / f"台账.{ending}", "w") as package:
            for name, content in parts.items():
                package.writestr(name, content)
    land_all()
    assert query("select class_hours from raw.enrollment order by batch_id desc limit 1") == [(96,)]


@pytest.mark.parametrize("mark", MARKS)
def test_a_correction_that_lands_in_one_go_with_its_original_counts(home, land_all, query, mark):
    write_csv(home.landing / "enrollment" / f"台账{mark}.csv", rows({"class_hours": "80"}))
    write_csv(home.landing / "enrollment" / "台账.csv", rows({"class_hours": "4"}))
    summary = land_all()
    assert query("select class_hours from raw.enrollment order by batch_id") == [(4,), (80,)]
    assert (
        "1 rows replace those of the same key in batch 1, 1 of them with other content" in summary.files[1].message_en
    )


def test_a_status_that_goes_back_is_told(home, land_all, query):
    write_csv(home.landing / "enrollment" / "1.csv", rows({}))
    write_csv(home.landing / "enrollment" / "2.csv", rows({"status": "在训", "end_date": ""}))
    summary = land_all()
    assert "状态由结业改回" in summary.files[1].message_zh
    assert query("select batch_id, row_number from raw.reversal") == [(2, 2)]


def test_the_same_bytes_land_once_under_whatever_name(home, land_all, query):
    first = write_csv(home.landing / "enrollment" / "a.csv", enrollments(5))
    shutil.copy(first, first.with_name("b.csv"))
    assert [r.status for r in land_all().files] == ["landed", "unchanged"]
    again = land_all()
    assert [r.status for r in again.files] == ["unchanged", "unchanged"]
    assert "the same bytes landed before as batch 1" in again.files[0].message_en
    assert not again.refused_anything
    assert query("select count(*) from raw.batch") == [(1,)]
    assert query("select count(*) from raw.enrollment") == [(5,)]


def test_a_refused_file_is_tried_again_and_not_recorded_twice(home, land_all, query, monkeypatch):
    path = home.landing / "enrollment" / "a.csv"
    write_csv(path, [["enrollment_id", "person_id"], ["1", "2"]])
    assert [land_all().files[0].status for _ in range(2)] == ["refused", "unchanged"]
    assert query("select batch_id, status from raw.batch") == [(1, "refused")]
    monkeypatch.setattr("skillsdw.landing.header._required", lambda _: ["enrollment_id"])
    monkeypatch.setattr("skillsdw.landing.pieces.judge", _raise_secret)
    [result] = land_all().files  # now refused for another cause
    assert result.status == "refused"
    assert query("select batch_id, status from raw.batch order by 1") == [(1, "refused"), (2, "refused")]


def _raise_secret(*_: object) -> None:
    raise ValueError("a secret value")


def test_an_unforeseen_error_refuses_the_file_without_quoting_it(home, land_all, query, monkeypatch):
    write_csv(home.landing / "enrollment" / "a.csv", rows({}))
    with monkeypatch.context() as patch:
        patch.setattr("skillsdw.landing.pieces.judge", _raise_secret)
        [result] = land_all().files
    assert result.status == "refused"
    assert "ValueError" in result.message_en
    assert "secret" not in str(query("from raw.batch"))
    assert land_all().files[0].status == "landed"


def test_a_later_batch_keeps_the_history(home, land_all, query):
    write_csv(home.landing / "enrollment" / "1.csv", rows({"status": "在训", "end_date": ""}))
    write_csv(home.landing / "enrollment" / "2.csv", rows({}))
    write_csv(home.landing / "enrollment" / "3.csv", rows({"status": "作废"}))
    land_all()
    assert query("select batch_id, status from raw.enrollment order by 1") == [
        (1, "in_training"),
        (2, "completed"),
        (3, "void"),
    ]


class Crash(BaseException):
    """As a kill would: no handler of the landing may swallow it."""


STEPS = ["before rows", "after rows", "after faults", "before commit", "after commit", "before reports"]


class _Connection:
    """A connection that dies at one step of the second batch."""

    def __init__(self, con: duckdb.DuckDBPyConnection, step: str) -> None:
        self._con, self._step, self._armed = con, step, False

    def __getattr__(self, name: str) -> object:
        return getattr(self._con, name)

    def __enter__(self) -> "_Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()

    def begin(self) -> None:
        self._armed = self._con.execute("select count(*) from raw.batch").fetchone()[0] == 1
        self._con.begin()
        self._die("before rows")

    def execute(self, sql: str, *parameters: object) -> object:
        result = self._con.execute(sql, *parameters)
        if sql.startswith("insert into raw.enrollment"):
            self._die("after rows")
        if sql.startswith("insert into raw.rejected_row"):
            self._die("after faults")
        return result

    def commit(self) -> None:
        self._die("before commit")
        self._con.commit()
        self._die("after commit")

    def _die(self, step: str) -> None:
        if self._armed and step == self._step:
            raise Crash


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_leaves_no_half_batch(home, land_all, query, monkeypatch, step):
    folder = home.landing / "enrollment"
    write_csv(folder / "1.csv", rows({"enrollment_id": "A"}))
    write_csv(folder / "2.csv", rows({"enrollment_id": "B"}, {"class_hours": "?"}))
    write_csv(folder / "3.csv", rows({"enrollment_id": "C"}))
    real_open, real_rename, real_connect = batch.open_working, record.put_in_place, duckdb.connect

    def open_dying(home_: Home, config: dict) -> _Connection:
        return _Connection(real_connect(str(home_.warehouse), config=config), step)

    def rename_dying(parts: list[Path]) -> Path:
        if len(parts) == 2:
            raise Crash
        return real_rename(parts)

    if step == "before reports":
        monkeypatch.setattr(record, "put_in_place", rename_dying)
    else:
        monkeypatch.setattr(batch, "open_working", open_dying)
    with pytest.raises(Crash):
        land_all()
    monkeypatch.undo()
    assert batch.open_working is real_open
    committed = step in ("after commit", "before reports")
    assert query("select batch_id, rows_landed, rows_rejected from raw.batch order by 1") == (
        [(1, 1, 0), (2, 1, 1)] if committed else [(1, 1, 0)]
    )
    assert query("select count(*) from raw.enrollment") == [(2 if committed else 1,)]
    assert query("select count(*) from raw.rejected_row") == [(1 if committed else 0,)]
    land_all()
    assert query("select batch_id, enrollment_id from raw.enrollment order by 1") == [
        (1, "A"),
        (2, "B"),
        (3, "C"),
    ]
    assert query("select count(*) from raw.rejected_row") == [(1,)]
    assert sorted(p.name for p in (home.reports / "landing").iterdir()) == [
        "1-enrollment_1.csv.json",
        "2-enrollment_2.csv.csv",
        "2-enrollment_2.csv.json",
        "3-enrollment_3.csv.json",
    ]
    assert list(home.tmp.iterdir()) == []


def test_the_key_file_is_made_once_and_private(home, land_all):
    write_csv(home.landing / "enrollment" / "a.csv", rows({}))
    land_all()
    key = home.key_file.read_text()
    assert stat.S_IMODE(home.key_file.stat().st_mode) == 0o600
    assert len(key.strip()) == 64
    land_all()
    assert home.key_file.read_text() == key


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda home: home.key_file.chmod(0o644), "chmod 600"),
        (lambda home: home.key_file.write_text(made_key()), "The key differs"),
        (lambda home: home.key_file.unlink(), "The key of this warehouse is missing"),
        (lambda home: home.key_file.write_text("short"), "not 32 random bytes"),
    ],
    ids=["wide mode", "other key", "lost key", "short key"],
)
def test_a_key_that_is_not_safe_or_not_the_same_is_refused(home, land_all, query, spoil, cause):
    land_all()
    spoil(home)
    write_csv(home.landing / "enrollment" / "a.csv", rows({}))
    with pytest.raises((LandingError, UnsafeHome), match=cause):
        land_all()
    assert query("select count(*) from raw.batch") == [(0,)]


def test_the_key_may_come_from_the_environment(home, land_all, monkeypatch):
    monkeypatch.setenv("SKILLSDW_HMAC_KEY", made_key())
    land_all()
    assert not home.key_file.exists()
    monkeypatch.setenv("SKILLSDW_HMAC_KEY", made_key("another"))
    with pytest.raises(LandingError, match="The key differs"):
        land_all()


def test_one_landing_at_a_time(home, land_all):
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from skillsdw.home import Home, exclusive\n"
            "with exclusive(Home(Path(sys.argv[1]))):\n    print('held', flush=True); sys.stdin.read()",
            str(home.root),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(HomeBusy, match="run again when it has ended"):
        land_all()
    holder.communicate()
    with exclusive(home):
        land_all()  # a build that holds the lock lands first


def test_a_warehouse_held_open_is_told_so(home, land_all):
    land_all()
    reader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()",
            str(home.warehouse),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert reader.stdout.readline() == b"held\n"
    with pytest.raises(LandingError, match="another program holds it open"):
        land_all()
    reader.communicate()


def test_leftovers_of_a_killed_landing_are_removed(home, land_all):
    left = home.tmp / "landing-abc" / "x"
    left.mkdir(parents=True)
    (left / "copy.csv").write_text("x")
    land_all()
    assert list(home.tmp.iterdir()) == []
    assert stat.S_IMODE(home.tmp.stat().st_mode) & 0o022 == 0


def test_progress_tells_each_file_in_both_languages(home):
    write_xlsx(home.landing / "enrollment" / "a.xlsx", rows({}))
    said: list[str] = []
    land(home, progress=lambda result: said.append(result.message))
    assert said == [
        "enrollment/a.xlsx:读取1行,通过1行,退回0行 / enrollment/a.xlsx: 1 rows read, 1 accepted, 0 rejected"
    ]


def test_raw_is_made_from_the_seeds_and_only_once():
    with duckdb.connect() as con:
        ensure_raw(con)
        ensure_raw(con)
        described = con.execute("describe raw.certification").fetchall()
    assert [(name, kind) for name, kind, *_ in described][:7] == [
        ("certificate_no", "VARCHAR"),
        ("enrollment_id", "VARCHAR"),
        ("person_key", "UUID"),
        ("birth_year", "SMALLINT"),
        ("sex", "VARCHAR"),
        ("origin_region", "VARCHAR"),
        ("certificate_kind", "VARCHAR"),
    ]


def test_times_are_those_of_beijing():
    assert beijing_now().tzinfo is None
    assert reports.Batch.__annotations__["landed_at"].__name__ == "datetime"

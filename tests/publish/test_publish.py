"""Versions, the link, rollback, and a crash at each step of a publish."""

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from anybody import as_anybody
from tiny_warehouse import MARTS, fill_working, result

from skillsdw import publish as publishing
from skillsdw.home import Home
from skillsdw.publish import PublishError, current_version, prune, publish, rollback, versions


def served(home: Home) -> str | None:
    """The build id that a reader who opens the link gets."""
    version = current_version(home)
    if version is None:
        return None
    with duckdb.connect(str(version), read_only=True) as con:
        return con.execute("select build_id from marts.published_version").fetchone()[0]


def publish_build(home: Home, build_id: str, keep: int = 5) -> Path:
    fill_working(home, build_id)
    return publish(home, build_id, MARTS, [result()], keep)


def test_a_published_file_holds_the_marts_their_descriptions_and_the_gates_results(home):
    version = publish_build(home, "b1")
    with duckdb.connect(str(version), read_only=True) as con:
        tables = con.execute("select table_schema || '.' || table_name from information_schema.tables order by 1")
        assert [row[0] for row in tables.fetchall()] == [
            "marts.dim_city",
            "marts.gate_result",
            "marts.published_version",
            "marts.version_change",
        ]
        comments = con.execute("select comment from duckdb_columns() where column_name = 'name_zh'").fetchall()
        assert comments == [("中文名称,it's quoted。",)]
        assert con.execute("select status, checked_at::date::varchar from marts.gate_result").fetchone() == (
            "passed",
            "2026-10-31",
        )
        assert con.execute("select published_at is not null from marts.published_version").fetchone() == (True,)
    assert str(home.link.readlink()) == "versions/b1.duckdb"


def test_the_newest_versions_are_kept_and_the_current_one_always(home):
    for number in range(1, 8):
        publish_build(home, f"b{number}", keep=3)
    assert [path.stem for path in versions(home)] == ["b5", "b6", "b7"]
    rollback(home, "b5")
    prune(home, keep=1)
    assert [path.stem for path in versions(home)] == ["b5"]


def test_rollback_goes_one_version_back_or_to_the_one_named(home):
    for number in (1, 2, 3):
        publish_build(home, f"b{number}")
    rollback(home, None)
    assert served(home) == "b2"
    rollback(home, None)
    assert served(home) == "b1"
    with pytest.raises(PublishError, match="没有更早的版本"):
        rollback(home, None)
    rollback(home, "b3")
    assert served(home) == "b3"
    with pytest.raises(PublishError, match="b9"):
        rollback(home, "b9")
    assert served(home) == "b3"


def test_a_reader_with_a_version_open_keeps_its_rows_when_it_is_removed(home):
    version = publish_build(home, "b1")
    with duckdb.connect(str(version), read_only=True) as reader:
        for number in (2, 3, 4):
            publish_build(home, f"b{number}", keep=1)
        assert not version.exists()
        assert reader.execute("select name_zh from marts.dim_city").fetchone() == ("南宁市",)


def test_publishing_works_in_a_folder_whose_name_holds_a_quote(tmp_path):
    home = Home(tmp_path / "人社厅's data")
    publish_build(home, "b1")
    assert served(home) == "b1"


STEPS = ["write_version", "sync", "put", "point", "prune"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_at_any_step_leaves_the_old_version_or_the_new_one_and_the_next_publish_succeeds(
    home, monkeypatch, step, when
):
    publish_build(home, "b1")
    original = getattr(publishing, step)

    def crash(*arguments):
        if when == "after":
            original(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(publishing, step, crash)
    fill_working(home, "b2")
    with pytest.raises(KeyboardInterrupt):
        publish(home, "b2", MARTS, [result()], keep=5)
    monkeypatch.undo()
    moved = (step, when) in {("point", "after"), ("prune", "before"), ("prune", "after")}
    assert served(home) == ("b2" if moved else "b1")

    publish_build(home, "b3")
    assert served(home) == "b3"
    left = [path.name for path in home.versions.iterdir() if not path.name.endswith(".duckdb")]
    assert left == []


def test_a_full_disk_while_the_version_is_written_changes_nothing(home, monkeypatch):
    publish_build(home, "b1")

    def full(_working, candidate, *_rest):
        candidate.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "write_version", full)
    with pytest.raises(OSError, match="No space left"):
        publish(home, "b2", MARTS, [result()], keep=5)
    assert served(home) == "b1"


def test_a_lost_link_is_said_as_nothing_published(home):
    publish_build(home, "b1")
    shutil.rmtree(home.versions)
    assert current_version(home) is None


def test_a_version_that_somebody_has_open_is_removed_later(home):
    publish_build(home, "b1")
    reader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; con = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); input()",
            str(home.versions / "b1.duckdb"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert reader.stdout.readline() == "open\n"
        publish_build(home, "b2", keep=1)
        assert [path.stem for path in versions(home)] == ["b1", "b2"]
    finally:
        reader.communicate("\n")
    publish_build(home, "b3", keep=1)
    assert [path.stem for path in versions(home)] == ["b3"]


def test_what_is_published_may_be_written_by_nobody_after_a_build_of_changes(home):
    publish_build(home, "20261031T080000")
    change_a_city(home, "450200")
    publish_changes(home)
    assert [stat.S_IMODE(version.stat().st_mode) for version in versions(home)] == [0o444, 0o444]


def test_a_version_that_nobody_has_open_is_known_without_the_right_to_write_it(home):
    publish_build(home, "b1")
    order = [
        sys.executable,
        "-c",
        "import sys; from pathlib import Path; from skillsdw.publish import is_open; print(is_open(Path(sys.argv[1])))",
        str(home.versions / "b1.duckdb"),
    ]
    assert subprocess.run(order, capture_output=True, text=True, preexec_fn=as_anybody).stdout == "False\n"
    con = duckdb.connect(order[-1], read_only=True)
    assert subprocess.run(order, capture_output=True, text=True, preexec_fn=as_anybody).stdout == "True\n"
    con.close()


def change_a_city(home: Home, code: str) -> None:
    """The working file as a build of changes leaves it: a city has come."""
    fill_working(home, "20261031T090000")
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("insert into marts.dim_city values ('450200', '柳州市')")
        con.execute("create schema changed; create schema altered")
        con.execute(f"create table changed.dim_city as select '{code}' as city_code")
        con.execute(
            f"create table altered.dim_city as select *, 1 as sign from marts.dim_city where city_code = '{code}'"
        )


def publish_changes(home: Home) -> Path:
    return publish(home, "20261031T090000", MARTS, [result()], keep=5, is_delta=True)


def test_after_a_build_of_changes_the_version_before_takes_in_what_changed(home):
    publish_build(home, "20261031T080000")
    change_a_city(home, "450200")
    with duckdb.connect(str(publish_changes(home)), read_only=True) as con:
        assert con.execute("from marts.dim_city order by all").fetchall() == [
            ("450100", "南宁市"),
            ("450200", "柳州市"),
        ]


def test_a_version_that_is_not_what_the_changes_came_from_is_not_published(home):
    publish_build(home, "20261031T080000")
    change_a_city(home, "450300")
    with pytest.raises(PublishError, match="1 rows of dim_city and the working file 2"):
        publish_changes(home)
    assert served(home) == "20261031T080000"
    assert not list(home.versions.glob(".*"))

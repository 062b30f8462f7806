"""A failing disk in words; a file cut short anywhere is seen, a whole one never accused."""

import errno
import os

import duckdb
import pytest

from skillsdw.durable import cause, explain, missing_bytes, write


def short(file, schema: str = "raw") -> bool:
    """Whether the file cannot be opened or misses a block of the schema."""
    try:
        with duckdb.connect(str(file), read_only=True) as con:
            return missing_bytes(con, file, schema) is not None
    except duckdb.Error:
        return True


def test_a_file_that_is_cut_anywhere_is_seen(tmp_path):
    file, cut = tmp_path / "a.duckdb", tmp_path / "cut.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("create schema raw")
        con.execute("create table raw.first as select range i, hash(range) h, repeat('x', 5000) s from range(300)")
        con.execute(
            "create table raw.wide as select range i, hash(range)::varchar || repeat('y', 300) s from range(9000)"
        )
    assert not short(file)
    whole = file.read_bytes()
    for place in range(1, len(whole), len(whole) // 40):
        cut.write_bytes(whole[:place])
        assert short(cut), place


def test_a_whole_file_with_free_blocks_is_not_accused(tmp_path):
    """Tables dropped, replaced and grown as builds do, seen after each step."""
    file = tmp_path / "a.duckdb"
    for turn in range(12):
        with duckdb.connect(str(file)) as con:
            con.execute("create schema if not exists raw")
            rows = (turn * 7919) % 40_000
            con.execute(f"create or replace table raw.t{turn % 3} as select range i, hash(range) h from range({rows})")
            if turn % 4 == 3:
                con.execute("drop table raw.t0")
        assert not short(file), turn


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), "/data/x: the disk is full"),
        (OSError(errno.EROFS, "Read-only file system"), "mount it for writing"),
        (duckdb.IOException("IO Error: Could not write file: No space left on device"), "the disk is full"),
        (duckdb.IOException("IO Error: Corrupt database file: computed checksum"), "skillsdw doctor"),
        (duckdb.IOException("Could not set lock on file: Conflicting lock is held in python (PID 12)"), "(PID 12)"),
        (OSError(errno.ENOENT, "No such file or directory", "/data/y"), "/data/y"),
    ],
)
def test_a_fault_says_its_cause_and_what_to_do(fault, said):
    zh, en = explain(fault).split(" / ", 1)
    assert said in en
    assert zh
    assert (cause(fault) is None) is (getattr(fault, "errno", None) == errno.ENOENT)


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    file = tmp_path / "f"
    write(file, "old")

    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write(file, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["f"]
    assert file.read_text() == "old"

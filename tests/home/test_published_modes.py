"""Whatever was done to a home, nobody may write what it has published, and DuckDB refuses to open it for writing."""

import os
import random
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from anybody import as_anybody
from small_home import file, silent

from skillsdw.build import build
from skillsdw.home import PROJECT, Home
from skillsdw.landing import land
from skillsdw.publish import open_version, published_modes, rollback, versions
from skillsdw.rotation import rotate

WRITE = 0o222
WRITER = """
import duckdb, sys
try:
    con = duckdb.connect(sys.argv[1])
    con.execute("create table mine as select 1 as a")
except Exception as fault:
    print("refused", fault)
"""


def can_be_written(home: Home) -> list[str]:
    """Every file under published/ that somebody may write and every folder that others may, links apart."""
    found = []
    for path in (home.published, *home.published.rglob("*")):
        mode = stat.S_IMODE(path.lstat().st_mode)
        allowed = 0o200 if path.is_dir() else 0
        if not path.is_symlink() and mode & WRITE & ~allowed:
            found.append(f"{path.relative_to(home.root)} {mode:04o}")
    return found


def _land(home: Home, turn: int) -> None:
    file(home, f"new-{turn}", rows=6 + turn)
    land(home, threads=1)


def _roll_back(home: Home) -> None:
    named = versions(home)
    rollback(home, named[turn_of(home) % len(named)].stem)


def turn_of(home: Home) -> int:
    """A number that changes from act to act."""
    return len(list((home.reports / "builds").glob("*.json")))


def _as_before_the_rule(home: Home) -> None:
    """What an older program left: files and folders as a careless umask makes them."""
    for path, _ in published_modes(home):
        path.chmod(0o775 if path.is_dir() else 0o664)
    build(home, progress=silent)


ACTS: dict[str, Callable[[Home], object]] = {
    "build": lambda home: build(home, progress=silent),
    "keep one": lambda home: build(home, keep=1, progress=silent),
    "roll back": _roll_back,
    "rotate": lambda home: rotate(home, progress=silent),
    "old modes": _as_before_the_rule,
}


@pytest.mark.parametrize("umask", [0o000, 0o077])
@pytest.mark.parametrize("seed", range(2))
def test_after_any_acts_nobody_may_write_what_is_published(home, seed, umask):
    dice, before = random.Random(seed), os.umask(umask)
    try:
        for name in dice.sample(sorted(ACTS), len(ACTS)):
            _land(home, turn_of(home))
            ACTS[name](home)
            assert can_be_written(home) == [], name
    finally:
        os.umask(before)
    assert {stat.S_IMODE(version.stat().st_mode) for version in versions(home)} == {0o444}


def test_what_an_operator_closed_further_stays_closed(home):
    version = versions(home)[0]
    version.chmod(0o400)
    home.versions.chmod(0o700)
    build(home, progress=silent)
    assert stat.S_IMODE(version.stat().st_mode) == 0o400
    assert stat.S_IMODE(home.versions.stat().st_mode) == 0o700


def test_its_own_owner_cannot_open_a_version_for_writing(home):
    for place in (home.link, *versions(home)):
        order = [sys.executable, "-c", WRITER, str(place)]
        said = subprocess.run(order, stdout=subprocess.PIPE, preexec_fn=as_anybody, check=True, text=True).stdout
        assert said.startswith("refused"), place
        assert not list(home.published.rglob("*.wal*"))
        with open_version(place.resolve()) as con:
            assert con.execute("from duckdb_tables() where table_name = 'mine'").fetchall() == []


def test_versions_are_kept_made_and_removed_without_the_right_to_write_them(tmp_path, home):
    """The whole command line as somebody who is not let past a file's mode."""
    copy = Path(shutil.copytree(home.root, tmp_path / "copy", symlinks=True))
    for words in (["rollback"], ["doctor"], ["status"]):
        done = subprocess.run(
            [sys.executable, "-m", "skillsdw", *words, "--home", str(copy)],
            capture_output=True,
            preexec_fn=as_anybody,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("umask", "is_closed"), [("000", 0o027), ("022", 0o027), ("077", 0o077)])
def test_whatever_a_command_makes_is_closed_to_others_under_any_umask(tmp_path, umask, is_closed):
    """A sample made and landed by the command itself, in a shell of that umask."""
    home = Home(tmp_path / "home")
    words = f"{sys.executable} -m skillsdw"
    made = f"{words} sample --sessions 60 --out {home.landing} && {words} land --home {home.root}; {words} status"
    subprocess.run(["sh", "-c", f"umask {umask}; {made} --home {home.root}"], cwd=PROJECT, capture_output=True)
    assert home.warehouse.is_file()
    open_to_others = [
        f"{path.relative_to(home.root)} {stat.S_IMODE(path.lstat().st_mode):04o}"
        for path in (home.root, *home.root.rglob("*"))
        if not path.is_symlink() and path.lstat().st_mode & is_closed
    ]
    assert open_to_others == []

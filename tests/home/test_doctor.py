"""Each fault is found by its check, with the act that mends it; a healthy home has none; looking changes nothing."""

import fcntl
import json
import os
import shutil
import stat
import subprocess
import sys
from collections import namedtuple
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from made_key import made_key
from small_home import file, silent
from typer.testing import CliRunner

import skillsdw.build as building
import skillsdw.doctor as doctor
from skillsdw.build import build, write_report
from skillsdw.cli import app
from skillsdw.disclosure.secret import kept_secret, secret_check
from skillsdw.doctor import HINT, SEVERE, WARNING, Finding, examine, lines
from skillsdw.editions import open_file
from skillsdw.home import Home, beijing_now, newest_build
from skillsdw.landing import ensure_raw, land, open_working
from skillsdw.publish import current_version, rollback, versions
from skillsdw.status import read_status, status_lines


def found(home: Home) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(home)}


def tree(home: Home) -> list[tuple]:
    return sorted((str(path), path.lstat().st_mtime_ns, path.lstat().st_size) for path in home.root.rglob("*"))


def test_a_healthy_home_has_no_finding_and_looking_changes_nothing(home):
    before = tree(home)
    assert examine(home) == []
    assert tree(home) == before
    answer = CliRunner().invoke(app, ["doctor", "--home", str(home.root)])
    assert (answer.exit_code, answer.stdout) == (0, "一切正常 / All is well\n")


def test_a_home_that_is_not_there_is_not_made(tmp_path):
    assert list(found(Home(tmp_path / "none"))) == ["home"]
    assert not (tmp_path / "none").exists()


def _truncate(path: Path, left: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    path.chmod(0o600)  # a version may be written by nobody
    os.truncate(path, left)
    path.chmod(mode)


def _link(home: Home, target: str | Path) -> None:
    home.link.unlink()
    home.link.symlink_to(target)


def _replace_link_by_file(home: Home) -> None:
    version = home.link.resolve()
    home.link.unlink()
    shutil.copy(version, home.link)


def _outside(home: Home) -> None:
    shutil.copy(home.link.resolve(), home.root.parent / "elsewhere.duckdb")
    _link(home, home.root.parent / "elsewhere.duckdb")


def _foreign_batches(home: Home) -> None:
    home.journal.write_text(home.journal.read_text().replace('sha256": "', 'sha256": "0'))


def _drop_last_line(home: Home) -> None:
    home.journal.write_bytes(b"".join(home.journal.read_bytes().splitlines(keepends=True)[:-1]))


def _empty_warehouse(home: Home) -> None:
    home.warehouse.unlink()
    with open_working(home) as con:
        ensure_raw(con)


def _refuse(home: Home) -> None:
    (home.landing / "enrollment" / "bad.csv").write_text("enrollment_id,person_id\n1,2\n", encoding="utf-8")
    land(home, threads=1)


def _report(home: Home, state: str) -> None:
    report = building.BuildReport(
        f"{newest_build(home) + timedelta(microseconds=1):%Y%m%dT%H%M%S-%f}", "2026-10-31", None, "now"
    )
    report.state, report.step, report.message = state, "dbt", "磁盘已满 / the disk is full"
    write_report(home, report)


def _left(home: Home) -> None:
    (home.versions / ".20261126T000000-000000.tmp").write_bytes(b"half")
    (home.tmp / "landing-abc").mkdir()


def _let_in(home: Home, text: str, mode: int = 0o600) -> None:
    home.access.write_text(text, encoding="utf-8")
    home.access.chmod(mode)


_CITY = "kind,value,role,cities\ngroup,nanning,city,450100\n"
_ALIEN_LOG = """
import duckdb, os, sys
con = duckdb.connect(sys.argv[1], config={"storage_compatibility_version": sys.argv[2]})
con.execute("create table mine (i int)")
os._exit(1)
"""


def _leave_log(beside: Path, storage: str = "v1.3.0") -> Path:
    """A log of another database, as a writer leaves it who was killed: the older kind is taken for the file's own."""
    other = beside.parent.parent.parent / "other.duckdb"
    subprocess.run([sys.executable, "-c", _ALIEN_LOG, str(other), storage], check=False)
    log = beside.with_name(f"{beside.name}.wal")
    shutil.move(f"{other}.wal", log)
    other.unlink()
    return log


def _tell(home: Home, with_secret: bytes | None = None) -> None:
    """A ledger as if figures had been told with the home's secret, or another."""
    with duckdb.connect(str(home.ledger)) as con:
        con.execute(
            "create or replace table secret as select ? as digest", [secret_check(with_secret or kept_secret(home))]
        )
    home.ledger.chmod(0o600)


def _lose_rounding(home: Home) -> None:
    _tell(home)
    home.rounding_key.unlink()


def _damage_rounding(home: Home) -> None:
    _tell(home)
    home.rounding_key.write_text("not hexadecimal\n")


def _lose_ledger(home: Home) -> None:
    home.ledger.unlink(missing_ok=True)
    file = open_file(home, versions(home)[0].stem)
    file.parent.mkdir(mode=0o750, parents=True)
    file.parent.parent.chmod(0o750)
    file.touch(mode=0o440)


FAULTS = {
    "link_lost": (SEVERE, lambda home: home.link.unlink(), "skillsdw rollback"),
    "link_broken": (SEVERE, lambda home: _link(home, "versions/none.duckdb"), "skillsdw rollback"),
    "link_outside": (SEVERE, _outside, "skillsdw rollback"),
    "link_is_file": (SEVERE, _replace_link_by_file, "move it away"),
    "link_old": (HINT, lambda home: rollback(home, None), "skillsdw rollback 2"),
    "version_unreadable": (SEVERE, lambda home: _truncate(home.link.resolve(), 9000), "skillsdw rollback"),
    "leftovers": (HINT, _left, "the next skillsdw land"),
    "rotation_unfinished": (HINT, lambda home: home.rotation.mkdir(mode=0o700), "key rotate again"),
    "working_missing": (SEVERE, lambda home: home.warehouse.unlink(), "skillsdw land; skillsdw build"),
    "working_damaged": (SEVERE, lambda home: _truncate(home.warehouse, 9000), "mv "),
    "journal_damaged": (SEVERE, lambda home: home.journal.write_text("x\n"), "from a backup"),
    "journal_of_another": (SEVERE, _foreign_batches, "mv "),
    "journal_behind": (WARNING, _drop_last_line, "skillsdw land"),
    "batches_lost": (SEVERE, _empty_warehouse, "skillsdw land; skillsdw build"),
    "key_open": (SEVERE, lambda home: home.key_file.chmod(0o644), "chmod 600"),
    "key_short": (SEVERE, lambda home: home.key_file.write_text("short"), "key restore"),
    "key_missing": (SEVERE, lambda home: home.key_file.unlink(), "key restore"),
    "key_differs": (SEVERE, lambda home: home.key_file.write_text(made_key()), "key restore"),
    "key_backup_missing": (WARNING, lambda home: home.backup_record.unlink(), "key backup"),
    "rounding_key_lost": (SEVERE, _lose_rounding, "key restore"),
    "rounding_key_lost ": (SEVERE, _damage_rounding, "key restore"),
    "rounding_key_lost  ": (SEVERE, lambda home: _tell(home, b"another" * 5), "key restore"),
    "ledger_lost": (WARNING, _lose_ledger, "from a backup"),
    "mode_open": (WARNING, lambda home: home.landing.chmod(0o755), "chmod 700"),
    "mode_open ": (WARNING, lambda home: home.rounding_key.chmod(0o640), "chmod 600"),
    "published_file_mode": (WARNING, lambda home: home.link.resolve().chmod(0o644), "chmod 444"),
    "published_folder_mode": (WARNING, lambda home: home.versions.chmod(0o775), "chmod 755"),
    "log_of_published": (SEVERE, lambda home: _leave_log(home.link.resolve()), "then rm "),
    "log_of_working": (HINT, lambda home: _leave_log(home.warehouse), "the next skillsdw land"),
    "readers_shut": (SEVERE, lambda home: _let_in(home, "nonsense\n"), "docs/access.md"),
    "edition_missing": (WARNING, lambda home: _let_in(home, _CITY), "skillsdw editions"),
    "landing_changed": (WARNING, lambda home: file(home, "a", rows=9), "skillsdw land"),
    "landing_gone": (WARNING, lambda home: (home.landing / "enrollment" / "a.csv").unlink(), "put the files back"),
    "refused_waiting": (WARNING, _refuse, "correct them"),
    "build_interrupted": (WARNING, lambda home: _report(home, "running"), "skillsdw build"),
    "build_failed": (SEVERE, lambda home: _report(home, "failed"), "skillsdw build"),
    "build_stopped": (SEVERE, lambda home: _report(home, "stopped"), "skillsdw status"),
}


@pytest.mark.parametrize("check", FAULTS)
def test_a_fault_is_found_alone_with_its_severity_and_what_mends_it(home, check):
    severity, spoil, mend = FAULTS[check]
    spoil(home)
    before = tree(home)
    seen = found(home)
    check = check.strip()
    assert list(seen) == [check]
    assert seen[check].severity == severity
    assert mend in seen[check].mend_en
    assert all(getattr(seen[check], part) for part in ("zh", "en", "mend_zh"))
    assert tree(home) == before
    answer = CliRunner().invoke(app, ["doctor", "--home", str(home.root)])
    assert answer.exit_code == (1 if severity == SEVERE else 0)
    assert f"[{severity} " in answer.stdout


@pytest.mark.parametrize("check", ["link_lost", "link_broken", "link_outside", "version_unreadable"])
def test_the_command_that_is_named_mends_the_link(home, check):
    FAULTS[check][1](home)
    words = found(home)[check].mend_en.split(" (")[0].split(",")[0].split()
    assert CliRunner().invoke(app, [*words[1:], "--home", str(home.root)]).exit_code == 0
    assert current_version(home) in [path.resolve() for path in versions(home)]
    build(home, progress=silent)
    assert {finding.check for finding in examine(home)} <= {"version_unreadable"}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666])
def test_a_list_of_readers_that_is_open_is_found_with_its_command(home, mode):
    _let_in(home, _CITY, mode)
    assert found(home)["readers_shut"].mend_en == f"chmod 600 {home.access}"


@pytest.mark.parametrize("storage", ["v1.3.0", "latest"])
@pytest.mark.parametrize("place", ["current", "older", "link", "edition", "gone"])
def test_a_log_beside_anything_published_is_found_and_goes_with_the_next_publish(home, storage, place):
    beside = {
        "current": home.link.resolve(),
        "older": versions(home)[0],
        "link": home.link,
        "edition": home.published / "editions" / versions(home)[0].stem / "450100.duckdb",
        "gone": home.versions / "20200101T000000-000000.duckdb",
    }[place]
    beside.parent.mkdir(parents=True, exist_ok=True)
    log = _leave_log(beside, storage)
    seen = found(home)
    assert "log_of_published" in seen
    assert "version_unreadable" not in seen  # the log goes first
    assert f"rm {log}" in seen["log_of_published"].mend_zh
    build(home, progress=silent)
    assert not log.exists()
    assert "log_of_published" not in found(home)


def test_the_command_that_is_named_mends_the_modes(home):
    for version in versions(home):
        version.chmod(0o666)
    home.versions.chmod(0o777)
    (home.published / "editions").mkdir(mode=0o755)
    seen = found(home)
    for check in ("published_file_mode", "published_folder_mode"):
        assert check in seen
    for finding in examine(home):
        if finding.check.startswith("published_"):
            subprocess.run(finding.mend_en.split(" (")[0].split(), check=True)
    assert not [finding for finding in examine(home) if finding.check.startswith("published_")]


def test_a_sealed_rotation_must_be_carried_through(home):
    home.rotation.mkdir(mode=0o700)
    (home.rotation / "ready.json").write_text("{}")
    assert found(home)["rotation_unfinished"].severity == SEVERE


def test_a_group_that_may_write_to_landing_is_a_hint(home):
    home.landing.chmod(0o770)
    assert found(home)["mode_open"].severity == HINT


def test_a_damaged_version_that_is_not_published_is_a_warning(home):
    _truncate(versions(home)[0], 9000)
    assert found(home)["version_unreadable"].severity == WARNING


def test_status_says_that_the_published_version_cannot_be_read(home):
    _truncate(home.link.resolve(), 9000)
    assert any("cannot be read; skillsdw doctor" in line for line in status_lines(read_status(home)))


def test_a_log_of_another_warehouse_is_found(home):
    _leave_log(home.warehouse, "latest")
    assert ".wal" in found(home)["working_damaged"].mend_en


def test_who_holds_the_working_warehouse_is_named(home):
    code = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(home.warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\n"
    assert f"PID {holder.pid}" in found(home)["working_locked"].en
    holder.communicate()


def test_a_running_build_is_told_and_its_warehouse_left_alone(home):
    home.lock_file.write_text(json.dumps({"pid": 4711, "command": "build", "since": "2026-11-26 08:00:00"}))
    home.warehouse.chmod(0o600)
    with home.lock_file.open("rb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        seen = found(home)
    assert "PID 4711" in seen["lock"].en
    assert "working_locked" not in seen
    assert examine(home) == []


def test_a_clock_before_the_newest_batch_and_build_is_found(home, monkeypatch):
    monkeypatch.setattr(doctor, "beijing_now", lambda: beijing_now() - timedelta(days=900))
    seen = found(home)
    assert set(seen) == {"clock_before_batch", "clock_before_build"}
    assert str(home.link.resolve()) in seen["clock_before_build"].mend_en


def test_a_read_only_and_a_full_disk_are_found(home, monkeypatch):
    real = os.statvfs(home.root)
    flags = namedtuple("Flags", "f_flag")
    monkeypatch.setattr(doctor.os, "statvfs", lambda _: flags(real.f_flag | os.ST_RDONLY))
    usage = namedtuple("Usage", "free")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage(1000))
    seen = found(home)
    assert "mount -o remount,rw" in seen["read_only_disk"].mend_en
    assert seen["disk_space"].severity == SEVERE


def test_another_duckdb_is_found(home, monkeypatch):
    monkeypatch.setattr(doctor.duckdb, "__version__", "9.9.9")
    assert "9.9.9" in found(home)["duckdb_version"].en


def test_the_gravest_comes_first(home):
    home.backup_record.unlink()
    home.link.unlink()
    said = lines(examine(home))
    assert said[0].startswith("[错误 error]")
    assert said[2].startswith("[警告 warning]")
    assert said[1].startswith("    处理 / Mend: skillsdw rollback")

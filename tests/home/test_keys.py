"""The key: rotated, backed up, restored; private, and shown nowhere."""

import base64
import json
import os
import secrets
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from made_key import made_key
from small_home import PASSPHRASE, file, raw, silent
from typer.testing import CliRunner

import skillsdw.keys as keys
import skillsdw.rotation as rotation
from skillsdw.build import BuildError, build
from skillsdw.cli import app
from skillsdw.disclosure.ledger import kept_check
from skillsdw.disclosure.secret import kept_secret, put_secret, rounding_secret, secret_check
from skillsdw.editions import open_file
from skillsdw.home import Home, UnsafeHome
from skillsdw.keys import KeyFault, backup, restore
from skillsdw.landing import LandingError, land
from skillsdw.landing.pieces import Order
from skillsdw.publish import current_version, rollback
from skillsdw.rotation import differences, rotate


def persons(version: Path) -> list[tuple]:
    with duckdb.connect(str(version), read_only=True) as con:
        return con.execute("select enrollment_id, person_key from marts.session order by all").fetchall()


def figures(version: Path) -> list[tuple]:
    with duckdb.connect(str(version), read_only=True) as con:
        return con.execute("select * exclude (person_key) from marts.session order by all").fetchall()


def test_a_rotation_changes_every_pseudonym_and_nothing_else(home):
    before, version, key = raw(home), current_version(home), home.key_file.read_text()
    new = rotate(home, progress=silent)
    assert raw(home) == before
    assert figures(new) == figures(version)
    assert {row[1] for row in persons(new)}.isdisjoint(row[1] for row in persons(version))
    assert home.key_file.read_text() != key
    assert stat.S_IMODE(home.key_file.stat().st_mode) == 0o600
    assert current_version(home) == new.resolve()
    assert not home.rotation.exists()
    assert land(home, threads=1).count("unchanged") == 3  # the new key fits
    assert build(home, progress=silent).state == "published"


STEPS = ["land", "differences", "build", "seal_rotation", "settle_rotation"]


class Crash(BaseException):
    """As a kill would: nothing tidies up after it."""


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_rotation_cut_short_leaves_the_old_key_whole_or_is_carried_through(home, monkeypatch, step, when):
    before, version, key = raw(home), current_version(home), home.key_file.read_text()
    real = getattr(rotation, step)
    calls = []

    def crash(*words, **named):
        calls.append(1)
        if step == "settle_rotation" and len(calls) == 1:  # the one before the work
            return real(*words, **named)
        if when == "after":
            real(*words, **named)
        raise Crash

    monkeypatch.setattr(rotation, step, crash)
    with pytest.raises(Crash):
        rotate(home, progress=silent)
    monkeypatch.undo()
    os.environ.pop("SKILLSDW_HMAC_KEY", None)
    assert figures(current_version(home)) == figures(version)
    sealed = (step, when) == ("seal_rotation", "after") or step == "settle_rotation"
    land(home, threads=1)  # settles
    assert (home.key_file.read_text() != key) is sealed
    assert (current_version(home) != version) is sealed
    assert raw(home) == before
    assert not home.rotation.exists()


@pytest.mark.parametrize("place", range(7))
def test_a_kill_at_any_step_of_changing_hands_is_carried_through(home, monkeypatch, place):
    """The sealed rotation's own steps: each rename, the link, the clearing away."""
    before, version, key = raw(home), current_version(home), home.key_file.read_text()
    count = iter(range(100))
    real_replace, real_rmtree, real_point = Path.replace, shutil.rmtree, keys.point
    sealed = False

    def step() -> None:
        if sealed and next(count) == place:
            raise Crash

    def replace(self, target):
        step()
        return real_replace(self, target)

    def point(*words):
        step()
        real_point(*words)
        step()

    def rmtree(*words, **named):
        step()
        return real_rmtree(*words, **named)

    real_seal = rotation.seal_rotation

    def seal(*words):
        nonlocal sealed
        real_seal(*words)
        sealed = True

    with monkeypatch.context() as patch:
        patch.setattr(rotation, "seal_rotation", seal)
        patch.setattr(Path, "replace", replace)
        patch.setattr(keys, "point", point)
        patch.setattr(keys.shutil, "rmtree", rmtree)
        try:
            rotate(home, progress=silent)
            done = True
        except Crash:
            done = False
    assert done or figures(current_version(home)) == figures(version)
    land(home, threads=1)
    assert home.key_file.read_text() != key
    assert current_version(home) != version
    assert raw(home) == before
    assert not home.rotation.exists()


def test_a_rotation_is_refused_when_a_landed_file_is_gone_and_changes_nothing(home):
    before, key = home.warehouse.read_bytes(), home.key_file.read_text()
    (home.landing / "enrollment" / "b.csv").unlink()
    with pytest.raises(KeyFault, match=r"1 files that landed are not in landing/ \(enrollment/b.csv\)"):
        rotate(home, progress=silent)
    assert (home.key_file.read_text(), home.rotation.exists()) == (key, False)
    assert len(before) == home.warehouse.stat().st_size


def test_a_rotation_is_refused_while_the_key_comes_from_the_environment(home, monkeypatch):
    monkeypatch.setenv("SKILLSDW_HMAC_KEY", home.key_file.read_text().strip())
    with pytest.raises(KeyFault, match="unset it"):
        rotate(home, progress=silent)


def test_a_rotation_that_a_gate_stops_changes_nothing(home, monkeypatch):
    import skillsdw.build as building

    key, version = home.key_file.read_text(), current_version(home)
    monkeypatch.setattr(building, "run_gate", lambda *_: (_ for _ in ()).throw(BuildError("门 / a gate")))
    with pytest.raises(BuildError):
        rotate(home, progress=silent)
    assert (home.key_file.read_text(), current_version(home), home.rotation.exists()) == (key, version, False)


def test_a_new_file_waits_while_the_key_is_rotated(home):
    file(home, "new", rows=9)
    before = raw(home)
    rotate(home, progress=silent)
    assert raw(home) == before
    assert land(home, threads=1).count("landed") == 1


def test_a_lost_key_without_a_backup_is_replaced_by_a_rotation(home):
    before = raw(home)
    home.key_file.unlink()
    rotate(home, progress=silent)
    assert raw(home) == before
    assert land(home, threads=1).count("unchanged") == 3


def test_differences_are_seen_in_any_row_and_in_who_is_who(home, tmp_path):
    other = tmp_path / "other.duckdb"
    for change, table in (
        ("update raw.enrollment set class_hours = 41 where batch_id = 2 and row_number = 3", "enrollment"),
        ("update raw.batch set landed_at = landed_at + interval 1 second where batch_id = 2", "batch"),
        ("update raw.enrollment set person_key = uuid() where batch_id = 2 and row_number = 3", "person_key"),
        ("update raw.enrollment set person_key = (select min(person_key) from raw.enrollment)", "person_key"),
    ):
        shutil.copy(home.warehouse, other)
        assert differences(home.warehouse, other, tmp_path) == []
        with duckdb.connect(str(other)) as con:
            con.execute(change)
        assert differences(home.warehouse, other, tmp_path) == [table]


def test_a_backup_brings_a_lost_key_back(home, tmp_path):
    saved, key = tmp_path / "safe" / "key.backup", home.key_file.read_text()
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    home.key_file.unlink()
    with pytest.raises(KeyFault, match="passphrase is wrong"):
        restore(home, saved, "another passphrase")
    assert not home.key_file.exists()
    assert restore(home, saved, PASSPHRASE)
    assert home.key_file.read_text() == key
    assert stat.S_IMODE(home.key_file.stat().st_mode) == 0o600
    assert not restore(home, saved, PASSPHRASE)
    home.key_file.write_text(made_key() + "\n")  # the wrong one is replaced: the warehouse tells which is right
    assert restore(home, saved, PASSPHRASE)
    assert home.key_file.read_text() == key


def test_a_backup_brings_the_secret_of_the_open_figures_back_and_never_replaces_one(home, tmp_path):
    saved, secret = tmp_path / "safe" / "key.backup", kept_secret(home)
    assert len(secret) == 32
    for spoil in (home.rounding_key.unlink, lambda: home.rounding_key.write_text("damaged")):
        spoil()
        assert restore(home, saved, PASSPHRASE)
        assert kept_secret(home) == secret
        assert stat.S_IMODE(home.rounding_key.stat().st_mode) == 0o600
    put_secret(home, b"o" * 32)
    assert not restore(home, saved, PASSPHRASE)
    assert kept_secret(home) == b"o" * 32


def test_a_backup_of_before_there_were_open_figures_still_brings_its_key_back(home, tmp_path):
    saved, key = tmp_path / "safe" / "key.backup", home.key_file.read_text()
    content = json.loads(saved.read_text())
    salt, nonce = (base64.b64decode(content[name]) for name in ("salt", "nonce"))
    head = {name: value for name, value in content.items() if name not in ("salt", "nonce", "sealed")}
    head["format"] = "skillsdw key backup 1"
    sealed = keys._cipher(PASSPHRASE, salt, keys._SCRYPT).encrypt(nonce, key.strip().encode(), keys._bound(head))
    saved.write_text(json.dumps(content | head | {"sealed": base64.b64encode(sealed).decode()}))
    for lost in (home.key_file, home.rounding_key):
        lost.unlink()
    assert restore(home, saved, PASSPHRASE)
    assert home.key_file.read_text() == key
    assert not home.rounding_key.exists()


def test_a_rotation_leaves_what_was_told_and_its_secret_and_brings_its_open_figures(home, monkeypatch):
    import skillsdw.build as building

    secret = kept_secret(home)
    with duckdb.connect(str(home.ledger)) as con:
        con.execute("create table told as select 7 as count")

    def make(of: Home, version: Path, *_words) -> list[str]:
        file = open_file(of, version.stem)
        file.parent.mkdir(parents=True)
        with duckdb.connect(str(of.ledger)) as con:
            told = con.execute("select count from told").fetchone()
            con.execute("insert into told values (8)")
        file.write_text(f"{told} by {kept_secret(of) == secret}")
        return []

    monkeypatch.setattr(building, "make_open_figures", make)
    version = rotate(home, progress=silent)
    assert kept_secret(home) == secret
    assert open_file(home, version.stem).read_text() == "(7,) by True"
    with duckdb.connect(str(home.ledger)) as con:
        assert con.execute("from told").fetchall() == [(7,), (8,)]


def test_a_rotation_of_a_home_without_a_secret_makes_it_in_the_home(home, monkeypatch):
    import skillsdw.build as building

    home.rounding_key.unlink()
    home.ledger.unlink(missing_ok=True)

    def make(of: Home, *_words) -> list[str]:
        with duckdb.connect(str(of.ledger)) as con:
            con.execute("create table secret as select ? as digest", [secret_check(rounding_secret(of))])
        return []

    monkeypatch.setattr(building, "make_open_figures", make)
    rotate(home, progress=silent)
    assert kept_check(home.ledger) == secret_check(kept_secret(home))


def test_a_backup_of_another_warehouse_or_an_earlier_key_is_refused(home, tmp_path):
    rotate(home, progress=silent)
    key = home.key_file.read_text()
    with pytest.raises(KeyFault, match="not the key of this warehouse"):
        restore(home, tmp_path / "safe" / "key.backup", PASSPHRASE)
    assert home.key_file.read_text() == key


def test_without_a_warehouse_a_backup_does_not_replace_a_key(home, tmp_path):
    home.warehouse.unlink()
    home.key_file.write_text(made_key() + "\n")
    with pytest.raises(KeyFault, match="Move it away first"):
        restore(home, tmp_path / "safe" / "key.backup", PASSPHRASE)
    home.key_file.unlink()
    assert restore(home, tmp_path / "safe" / "key.backup", PASSPHRASE)
    assert land(home, threads=1).count("landed") == 3


@pytest.mark.parametrize("spoil", ["key_check", "made_at", "sealed", "salt", "format", "n", "text"])
def test_a_backup_that_was_changed_is_refused(home, tmp_path, spoil):
    saved = tmp_path / "safe" / "key.backup"
    content = json.loads(saved.read_text())
    if spoil in ("sealed", "salt"):
        part = bytearray(base64.b64decode(content[spoil]))
        part[0] ^= 1
        content[spoil] = base64.b64encode(bytes(part)).decode()
    elif spoil != "text":
        content[spoil] = 2**30 if spoil == "n" else content[spoil][::-1]
    saved.write_text("{" if spoil == "text" else json.dumps(content))
    home.key_file.unlink()
    with pytest.raises(KeyFault):
        restore(home, saved, PASSPHRASE)
    assert not home.key_file.exists()


def test_a_backup_is_never_beside_the_key_over_another_or_under_a_short_passphrase(home, tmp_path):
    for to, passphrase, why in (
        (home.root / "key.backup", PASSPHRASE, "inside the data folder"),
        (tmp_path / "safe" / "key.backup", PASSPHRASE, "exists"),
        (tmp_path / "other", "short", "at least 12"),
        (tmp_path / "unplugged" / "key", PASSPHRASE, "is the disk plugged in"),
    ):
        with pytest.raises(KeyFault, match=why):
            backup(home, to, passphrase)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o700, 0o604])
def test_every_command_that_writes_refuses_a_key_that_is_not_private(home, mode, tmp_path):
    home.key_file.chmod(mode)
    for act in (
        lambda: land(home, threads=1),
        lambda: build(home, progress=silent),
        lambda: rotate(home, progress=silent),
    ):
        with pytest.raises(UnsafeHome, match=f"has mode {mode:04o}.*chmod 600"):
            act()
    for words in (["rollback"], ["key", "backup", "--to", str(tmp_path / "x")]):
        answer = CliRunner().invoke(app, [*words, "--home", str(home.root)], input=f"{PASSPHRASE}\n" * 2)
        assert isinstance(answer.exception, UnsafeHome)


def test_a_key_of_another_user_is_refused(home, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    with pytest.raises(UnsafeHome, match="chown 4321"):
        land(home, threads=1)


def test_private_folders_and_files_are_closed_at_the_start(home):
    for path, mode in ((home.landing, 0o755), (home.tmp, 0o777), (home.warehouse, 0o644)):
        path.chmod(mode)
    build(home, progress=silent)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (home.landing, home.tmp, home.warehouse, home.journal)]
    assert modes == [0o700, 0o700, 0o600, 0o600]
    home.landing.chmod(0o2775)  # a group that may write was let in on purpose
    build(home, progress=silent)
    assert stat.S_IMODE(home.landing.stat().st_mode) == 0o2770


def test_the_key_is_made_whole_and_never_over_another(tmp_path):
    home = Home(tmp_path / "new")
    key = keys.make_key_file(home)
    with pytest.raises(FileExistsError):
        keys.make_key_file(home)
    assert home.key_file.read_text().strip().encode() == key
    assert [path.name for path in home.root.iterdir()] == ["hmac.key"]


def secret_forms(text: str) -> list[bytes]:
    """The key as text, and as its bytes may be written otherwise."""
    whole, bare = text.encode(), bytes.fromhex(text)
    return [
        *(whole, whole[:20], whole.hex().encode(), base64.b64encode(whole)[:-2]),
        *(bare, base64.b64encode(bare)[:-2], base64.urlsafe_b64encode(bare)[:-2], whole.upper()),
    ]


def test_the_key_stands_in_no_file_but_its_own_and_in_no_words(home, tmp_path, capfd, caplog):
    """After landing, building, a rotation, a backup and refusals of every kind."""
    caplog.set_level(0)
    found = [home.key_file.read_text().strip()]
    rotate(home, progress=silent)
    found.append(home.key_file.read_text().strip())
    backup(home, tmp_path / "safe" / "second", PASSPHRASE)
    said = []
    for spoil in (made_key(), "short", None):
        whole = home.key_file.read_text()
        home.key_file.write_text(spoil) if spoil else home.key_file.unlink()
        with pytest.raises(LandingError) as error:
            land(home, threads=1)
        said.append(str(error.value))
        keys.durable.write(home.key_file, whole, mode=0o600)
    said.append(repr(Order(None, found[0].encode(), tmp_path)))
    captured = capfd.readouterr()
    places = {"words": "\n".join([*said, caplog.text, captured.out, captured.err]).encode()}
    for path in tmp_path.rglob("*"):
        if path.is_file() and path != home.key_file:
            places[str(path)] = path.read_bytes()
    assert any(name.endswith("warehouse.duckdb") for name in places)
    leaks = [
        (place, form) for place, text in places.items() for key in found for form in secret_forms(key) if form in text
    ]
    assert leaks == []


def test_the_key_is_in_no_argument_and_no_environment_of_a_process(home, monkeypatch):
    """Looked up in /proc while a landing works that was given the key by the environment, and for what it begins."""
    key = home.key_file.read_text().strip()
    file(home, "large", rows=300)
    landing = subprocess.Popen(
        [sys.executable, "-m", "skillsdw", "land", "--home", str(home.root)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seen = b""
    while landing.poll() is None:
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen += process.read_bytes()
            except OSError:
                continue
        time.sleep(0.1)
    assert b"skillsdw" in seen
    assert not any(form in seen for form in secret_forms(key))
    monkeypatch.setenv("SKILLSDW_HMAC_KEY", key)
    assert key not in keys.without_key(os.environ).values()


def test_build_and_serve_start_their_processes_without_the_key(home, monkeypatch):
    import skillsdw.build as building
    import skillsdw.serve as serving

    monkeypatch.undo()
    monkeypatch.setenv("SKILLSDW_HMAC_KEY", made_key())
    given = []

    class Standby:
        def __init__(self, _kind, _log, environment, _folder):
            given.append(environment)

        def tell(self, _order):
            pass

        def end(self):
            pass

    monkeypatch.setattr(building, "Standby", Standby)
    report = building.BuildReport("b", "2026-10-31", None, "now")
    with building.crew(home, report, None):
        pass
    monkeypatch.setattr(os, "chdir", lambda _: None)
    monkeypatch.setattr(os, "execve", lambda _p, _l, environment: given.append(environment))
    serving.serve(home, "127.0.0.1", 8501)
    assert len(given) == 3
    assert all(made_key() not in environment.values() for environment in given)


def test_a_rollback_first_carries_a_sealed_rotation_through(home, monkeypatch):
    version = current_version(home)
    real = rotation.settle_rotation
    calls = []

    def crash(place):
        calls.append(place)
        if len(calls) == 2:
            raise Crash
        real(place)

    monkeypatch.setattr(rotation, "settle_rotation", crash)
    with pytest.raises(Crash):
        rotate(home, progress=silent)
    assert CliRunner().invoke(app, ["rollback", "--home", str(home.root)]).exit_code == 0
    assert not home.rotation.exists()
    assert current_version(home) == version
    rollback(home, None)


@pytest.mark.parametrize(
    "text",
    [
        secrets.token_hex(32),
        secrets.token_hex(32).upper(),
        base64.b64encode(secrets.token_bytes(32)).decode(),
        secrets.token_urlsafe(32),
        secrets.token_hex(64),
    ],
    ids=["hex", "HEX", "base64", "base64url", "longer"],
)
def test_random_bytes_are_a_key_however_they_are_spelled(tmp_path, monkeypatch, text):
    monkeypatch.setenv("SKILLSDW_HMAC_KEY", text)
    assert keys.key_in_force(Home(tmp_path)) == text.encode()


@pytest.mark.parametrize(
    "text",
    [
        "k" * 64,
        "0" * 64,
        "0123456789abcdef" * 4,
        "deadbeef" * 8,
        secrets.token_hex(16),
        secrets.token_hex(31),
        base64.b64encode(secrets.token_bytes(24)).decode(),
        "correct horse battery staple and then some more words",
        "correcthorsebatterystapleandthensomemorewords",
        "广西技能数据仓库的密钥" * 5,
        "Guangxi2026" * 4,
    ],
    ids=range(11),
)
def test_what_is_not_32_random_bytes_is_no_key_and_is_not_said(tmp_path, monkeypatch, text):
    home = Home(tmp_path)
    monkeypatch.setenv("SKILLSDW_HMAC_KEY", text)
    with pytest.raises(keys.KeyFault, match="not 32 random bytes") as of_the_environment:
        keys.key_in_force(home)
    monkeypatch.delenv("SKILLSDW_HMAC_KEY")
    home.key_file.write_text(text, encoding="utf-8")
    with pytest.raises(keys.KeyFault, match="not 32 random bytes") as of_the_file:
        keys.key_in_force(home)
    assert text not in f"{of_the_environment.value}{of_the_file.value}"

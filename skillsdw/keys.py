"""The key that makes pseudonyms: where it is, how it is backed up and put back, how a rotation changes hands.

The secret of the open figures (`skillsdw.disclosure.secret`) is backed up and put back with it; a rotation leaves it.
The key is never printed, logged, given to another program or put into its environment. What recognises it is
`key_check`, a digest that the working warehouse and every backup carry.
"""

import base64
import hmac
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import duckdb

from skillsdw import durable
from skillsdw.disclosure.secret import SecretFault, kept_secret, put_secret, rounding_secret, secret_check
from skillsdw.editions import open_file
from skillsdw.home import Home, beijing_now
from skillsdw.publish import EDITION_FOLDER_MODE, close_to_writers, make_folders, point

KEY_VARIABLE = "SKILLSDW_HMAC_KEY"
LEAST_PASSPHRASE = 12  # characters
_LEAST_KEY = 32  # bytes, drawn by chance
_TO_BASE64 = str.maketrans("-_", "+/")  # from its spelling for addresses
_KEY_CHECK_TEXT = b"skillsdw key check"
_FORMAT, _FORMAT_OF_KEY_ALONE = "skillsdw key backup 2", "skillsdw key backup 1"
# scrypt as RFC 7914 has it: 128 MB and about half a second a guess.
_SCRYPT = {"n": 2**17, "r": 8, "p": 1}
_READY = "ready.json"


class KeyFault(Exception):
    """A key, backup or passphrase that cannot be used; the messages say why and what to do, and hold no key."""

    def __init__(self, message_zh: str, message_en: str) -> None:
        super().__init__(f"{message_zh} / {message_en}")
        self.message_zh = message_zh
        self.message_en = message_en


def key_in_force(home: Home) -> bytes | None:
    """The secret key, from the environment or else the key file; None when there is neither. `KeyFault` when it
    is not 32 random bytes."""
    if text := os.environ.get(KEY_VARIABLE, "").strip():
        return _key_bytes(text, KEY_VARIABLE)
    try:
        text = home.key_file.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    return _key_bytes(text, str(home.key_file))


def key_from_environment() -> bool:
    """Whether the key file is not what counts."""
    return bool(os.environ.get(KEY_VARIABLE, "").strip())


def _key_bytes(text: str, origin: str) -> bytes:
    """The key as HMAC takes it, the text itself; `KeyFault` when it is not 32 random bytes in hexadecimal or Base64."""
    if not _is_random(text):
        raise KeyFault(
            f"{origin} 中的密钥不是{_LEAST_KEY}个随机字节(十六进制64位或 Base64),已拒绝。词句、口令和有规律的字符都能被"
            "猜出。从备份恢复:skillsdw key restore --from 文件;新建的数据仓库用 openssl rand -hex 32",
            f"The key in {origin} is not {_LEAST_KEY} random bytes (64 hexadecimal digits, or Base64) and was refused: "
            "words, passphrases and patterns can be guessed. From a backup: skillsdw key restore --from FILE; for a "
            "new warehouse: openssl rand -hex 32",
        )
    return text.encode()


def _is_random(text: str) -> bool:
    """Whether a text can be 32 bytes or more drawn by chance, as hexadecimal digits or as Base64.

    Of 32 random bytes fewer than 16 differ once in 10^16. Base64 of them has no small or no capital letters once in
    10^9, fewer than 18 different characters once in 10^10; words nearly always, and words over again.
    """
    try:
        key = bytes.fromhex(text)
    except ValueError:
        if text in (text.lower(), text.upper()) or len(set(text)) < 18:
            return False
        try:
            key = base64.b64decode(text.translate(_TO_BASE64) + "=" * (-len(text) % 4), validate=True)
        except ValueError:
            return False
    return len(key) >= _LEAST_KEY and len(set(key)) >= _LEAST_KEY // 2


def key_check(key: bytes) -> str:
    """A digest (hex) that recognises the key and does not tell it."""
    return hmac.new(key, _KEY_CHECK_TEXT, "sha256").hexdigest()


def warehouse_check(home: Home) -> str | None:
    """The `key_check` with which the working warehouse was begun; None when it has none, `duckdb.Error` when it cannot
    be read."""
    if not home.warehouse.is_file():
        return None
    with duckdb.connect(str(home.warehouse), read_only=True) as con, suppress(duckdb.CatalogException):
        row = con.execute("select value from raw.warehouse where property = 'key_check'").fetchone()
        return row[0] if row else None


def make_key_file(home: Home) -> bytes:
    """Make a new key, once: never over another, and on the disk before anything is pseudonymised with it."""
    home.root.mkdir(parents=True, exist_ok=True)
    text = secrets.token_hex(32)
    fresh = home.key_file.with_name(f".{home.key_file.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    _write_private(fresh, f"{text}\n")
    try:
        os.link(fresh, home.key_file)  # fails when there is one
    finally:
        fresh.unlink()
    durable.sync(home.root)
    return text.encode()


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())


def without_key(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment for other programs: what they never need they can never log."""
    return {name: value for name, value in environment.items() if name != KEY_VARIABLE}


def backup(home: Home, to: Path, passphrase: str) -> None:
    """Write the key, and the secret of the open figures, to a new file, encrypted with the passphrase (scrypt,
    AES-256-GCM), and note that it was done."""
    key = key_in_force(home)
    if key is None:
        raise KeyFault(f"没有密钥可备份:{home.key_file} 不存在", f"There is no key to back up: no {home.key_file}")
    if len(passphrase) < LEAST_PASSPHRASE:
        raise KeyFault(
            f"口令过短,至少{LEAST_PASSPHRASE}个字符",
            f"The passphrase is too short: at least {LEAST_PASSPHRASE} characters",
        )
    if to.absolute().resolve().is_relative_to(home.root.resolve()):
        raise KeyFault(
            f"{to} 在数据目录内,会与密钥一同丢失。请写到另一块磁盘或移动介质",
            f"{to} is inside the data folder and would be lost with the key: write it to another disk",
        )
    if not to.absolute().parent.is_dir():
        raise KeyFault(
            f"文件夹 {to.parent} 不存在;移动介质是否已接入?", f"There is no folder {to.parent}: is the disk plugged in?"
        )
    if to.exists():
        raise KeyFault(f"{to} 已存在,未覆盖。请换一个文件名", f"{to} exists and was left: choose another name")
    head = {"format": _FORMAT, "made_at": f"{beijing_now():%Y-%m-%d %H:%M:%S}", "key_check": key_check(key), **_SCRYPT}
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    try:
        rounding = rounding_secret(home)
    except SecretFault as fault:
        raise KeyFault(*str(fault).split(" / ", 1)) from None
    content = json.dumps({"key": key.decode(), "rounding": rounding.hex()}).encode()
    sealed = _cipher(passphrase, salt, _SCRYPT).encrypt(nonce, content, _bound(head))
    parts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    encoded = {name: base64.b64encode(part).decode() for name, part in parts.items()}
    durable.write(to, json.dumps(head | encoded, indent=1) + "\n", mode=0o600)
    record = {
        **{name: head[name] for name in ("made_at", "key_check")},
        "rounding_check": secret_check(rounding),
        "to": str(to.absolute()),
    }
    durable.write(home.backup_record, json.dumps(record, ensure_ascii=False, indent=1) + "\n", mode=0o600)


def restore(home: Home, source: Path, passphrase: str) -> bool:
    """Put the key of a backup back, and the secret of the open figures where it is lost; False when both are there.

    `KeyFault` when the passphrase does not open the backup, or when its key is not the one of this warehouse or would
    replace a key that nothing speaks against.
    """
    if key_from_environment():
        raise KeyFault(
            f"密钥由环境变量 {KEY_VARIABLE} 提供,密钥文件不起作用。请先取消该变量",
            f"The key comes from {KEY_VARIABLE}, so a key file would not count: unset it first",
        )
    content = read_backup(source)
    try:
        wanted = warehouse_check(home)
    except duckdb.Error as fault:
        zh, en = durable.explain(fault).split(" / ", 1)
        raise KeyFault(
            f"无法读取工作库 {home.warehouse},不能核对密钥。{zh}",
            f"The working warehouse {home.warehouse} cannot be read, so the key cannot be compared: {en}",
        ) from None
    if wanted and content["key_check"] != wanted:
        raise KeyFault(
            f"{source} 中的密钥(备份于 {content['made_at']})不是此数据仓库的密钥,未恢复。"
            "请使用建库或最近一次更换密钥后的备份",
            f"The key in {source} (backed up {content['made_at']}) is not the key of this warehouse and was not "
            "restored: use the backup made after the warehouse was begun or its key last rotated",
        )
    key, rounding = _open(content, source, passphrase)
    is_lost = rounding is not None and not _has_secret(home)
    present = home.key_file.exists()
    if present and _same_key(home, key):
        if is_lost:
            put_secret(home, rounding)
        return is_lost
    if present and not wanted:
        raise KeyFault(
            f"{home.key_file} 已有另一密钥,且没有工作库可供核对,未覆盖。确要替换的,请先把它移走",
            f"{home.key_file} holds another key and there is no warehouse to tell which is right: it was left. Move it "
            "away first if it is to be replaced",
        )
    if is_lost:
        put_secret(home, rounding)
    durable.write(home.key_file, key.decode() + "\n", mode=0o600)
    return True


def _has_secret(home: Home) -> bool:
    """Whether the secret of the open figures is there and whole."""
    with suppress(SecretFault):
        return kept_secret(home) is not None
    return False


def _same_key(home: Home, key: bytes) -> bool:
    with suppress(KeyFault):
        return hmac.compare_digest(key_in_force(home) or b"", key)
    return False


def read_backup(source: Path) -> dict:
    """A backup's content, unopened; `KeyFault` when the file is none."""
    try:
        content = json.loads(source.read_text(encoding="ascii"))
        is_known = content["format"] in (_FORMAT, _FORMAT_OF_KEY_ALONE)
        if is_known and {"salt", "nonce", "sealed", "key_check", "made_at"} <= set(content):
            return content
    except OSError as fault:
        raise KeyFault(f"无法读取 {source}({fault.strerror})", f"{source} cannot be read ({fault.strerror})") from None
    except (ValueError, KeyError, TypeError):
        pass
    raise KeyFault(f"{source} 不是密钥备份,或已损坏", f"{source} is no backup of a key, or is damaged")


def _open(content: dict, source: Path, passphrase: str) -> tuple[bytes, bytes | None]:
    """The key of a backup, and the secret of the open figures (None in a backup of before there was one)."""
    from cryptography.exceptions import InvalidTag

    head = {name: value for name, value in content.items() if name not in ("salt", "nonce", "sealed")}
    try:
        salt, nonce, sealed = (base64.b64decode(content[name]) for name in ("salt", "nonce", "sealed"))
        # The cost is this program's, not the file's: a file must not be able to ask for all the memory.
        opened = _cipher(passphrase, salt, _SCRYPT).decrypt(nonce, sealed, _bound(head))
    except (InvalidTag, ValueError):
        raise KeyFault(
            f"口令不正确,或 {source} 已损坏,未恢复",
            f"The passphrase is wrong or {source} is damaged: nothing was restored",
        ) from None
    if content["format"] == _FORMAT_OF_KEY_ALONE:
        return opened, None
    parts = json.loads(opened)
    return parts["key"].encode(), bytes.fromhex(parts["rounding"])


def _cipher(passphrase: str, salt: bytes, cost: Mapping[str, int]):
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return AESGCM(Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode()))


def _bound(head: Mapping[str, object]) -> bytes:
    """What is in the clear is sealed with the key: nobody can pass a backup off as that of another warehouse."""
    return json.dumps(head, sort_keys=True).encode()


def seal_rotation(home: Home, build_id: str) -> None:
    """Say that all of a rotation is made: from here on it is carried through, whatever happens."""
    staged = Home(home.rotation)
    made = [staged.warehouse, staged.key_file, staged.versions / f"{build_id}.duckdb"]
    for file in (*made, *(file for file in (staged.ledger, open_file(staged, build_id)) if file.is_file())):
        durable.sync(file)
    for folder in (staged.root, staged.versions, staged.published, home.root):
        durable.sync(folder)
    durable.write(home.rotation / _READY, json.dumps({"build_id": build_id}))


def is_sealed(home: Home) -> bool:
    """Whether a rotation was cut short after all was made."""
    return (home.rotation / _READY).is_file()


def settle_rotation(home: Home) -> None:
    """Carry a sealed rotation through, remove one that was cut short before. Every step may be done again.

    Readers see the old version until the link moves, which is when the new key and the new warehouse are in place.
    """
    if not home.rotation.is_dir():
        return
    staged = Home(home.rotation)
    if not is_sealed(home):
        for version in staged.versions.glob("*.duckdb"):
            (home.reports / "builds" / f"{version.stem}.json").unlink(missing_ok=True)  # it was never published
        shutil.rmtree(home.rotation)
        return
    build_id = json.loads((home.rotation / _READY).read_text(encoding="utf-8"))["build_id"]
    make_folders(home)
    version = home.versions / f"{build_id}.duckdb"
    old_log = home.warehouse.with_name(f"{home.warehouse.name}.wal")
    with suppress(FileNotFoundError):
        (staged.versions / version.name).replace(version)
    durable.sync(home.versions)
    editions = open_file(home, build_id).parent
    if (made := open_file(staged, build_id).parent).is_dir() and not editions.exists():
        editions.parent.mkdir(mode=EDITION_FOLDER_MODE, exist_ok=True)
        made.replace(editions)
        durable.sync(editions.parent)
    with suppress(FileNotFoundError):
        staged.ledger.replace(home.ledger)
    with suppress(FileNotFoundError):
        staged.key_file.replace(home.key_file)
    if staged.warehouse.exists():
        old_log.unlink(missing_ok=True)  # of the old file: the new one would not open beside it
        staged.warehouse.replace(home.warehouse)
    durable.sync(home.root)
    point(home, version)
    close_to_writers(home)
    shutil.rmtree(home.rotation)
    durable.sync(home.root)

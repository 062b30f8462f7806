"""Resident IDs and USCCs: check them, recognise them, and turn an ID into a pseudonym (1-extracts § Privacy).

IDs live only in the memory of the landing and its workers: the pseudonym is made here, not in a DuckDB that could
spill, log or keep them.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.home import Home
from skillsdw.keys import KEY_VARIABLE, KeyFault, key_check, key_in_force, make_key_file
from skillsdw.landing.errors import LandingError

try:
    from _sha256 import sha256 as _sha256
except ImportError:
    from hashlib import sha256 as _sha256

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_ID_SHAPE = r"^[0-9]{17}[0-9X]$"

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUE = {character: value for value, character in enumerate(USCC_ALPHABET)}
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def id_faults(ids: pa.StringArray, today: date) -> dict[str, np.ndarray]:
    """Reason code → flags, one a value, for IDs already normalised and in upper case (nulls have no fault).

    GB 11643: 17 digits and a check digit or X, a birth date that exists and is not to come. The area part is
    not checked: codes change. A well-formed ID can have both a false date and a false check digit.
    """
    present = ids.is_valid().to_numpy(zero_copy_only=False)
    shaped = pc.fill_null(pc.match_substring_regex(ids, _ID_SHAPE), False).to_numpy(zero_copy_only=False)
    faults = {"id_format": present & ~shaped}
    places = np.flatnonzero(shaped)
    joined = "".join(ids.take(pa.array(places)).to_pylist()).encode()
    digits = np.frombuffer(joined, dtype=np.uint8).reshape(-1, 18)
    number = (digits[:, :17] - ord("0")).astype(np.int32)
    check = np.frombuffer(_ID_CHECK.encode(), dtype=np.uint8)[number @ np.array(ID_WEIGHTS, dtype=np.int32) % 11]
    year = number[:, 6:10] @ np.array([1000, 100, 10, 1], dtype=np.int32)
    month = number[:, 10:12] @ np.array([10, 1], dtype=np.int32)
    day = number[:, 12:14] @ np.array([10, 1], dtype=np.int32)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    days = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[np.where(month <= 12, month, 0)]
    real = (year >= 1900) & (day >= 1) & (day <= days + ((month == 2) & leap))
    real &= (year * 10000 + month * 100 + day) <= int(today.strftime("%Y%m%d"))
    for reason, wrong in (("id_birth_date", ~real), ("id_check_digit", check != digits[:, 17])):
        flags = np.zeros(len(ids), dtype=bool)
        flags[places] = wrong
        faults[reason] = flags
    return faults


def id_check_digit(first17: str) -> str:
    """The eighteenth character that belongs to seventeen digits (GB 11643)."""
    total = sum(weight * int(digit) for weight, digit in zip(ID_WEIGHTS, first17, strict=True))
    return _ID_CHECK[total % 11]


def uscc_fault(uscc: str) -> str | None:
    """The reason code of a false USCC in upper case, None for a right one (GB 32100; any first letter)."""
    if len(uscc) != 18 or not all(character in _USCC_VALUE for character in uscc):
        return "uscc_format"
    return None if uscc_check_character(uscc[:17]) == uscc[17] else "uscc_check_digit"


def uscc_check_character(first17: str) -> str:
    """The eighteenth character that belongs to the first seventeen (GB 32100)."""
    total = sum(weight * _USCC_VALUE[c] for weight, c in zip(USCC_WEIGHTS, first17, strict=True))
    return USCC_ALPHABET[-total % 31]


def pseudonyms(ids: Iterable[bytes], key: bytes) -> bytes:
    """The first 16 bytes of HMAC-SHA-256 of each normalised ID, one after the other.

    RFC 2104 with the two keyed states made once, and copied by the interpreter's own SHA-256 where it has one: a copy
    of an OpenSSL state costs more than the hashing of so short a text. Measured at 0.9 µs an ID, against 1.5 with
    OpenSSL's states and 2.5 with `hmac.digest`.
    """
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = _sha256(bytes(byte ^ 0x36 for byte in block)).copy
    outer = _sha256(bytes(byte ^ 0x5C for byte in block)).copy
    digests = []
    for person_id in ids:
        first = inner()
        first.update(person_id)
        second = outer()
        second.update(first.digest())
        digests.append(second.digest()[:16])
    return b"".join(digests)


def warehouse_key(home: Home, con: duckdb.DuckDBPyConnection) -> bytes:
    """The secret key of this home, from the environment or its key file, made on first use.

    `LandingError` when the key is too short or not the one with which the warehouse was begun, or when a begun
    warehouse, or a lost one of which the journal tells, has lost its key: a new key would make every person a stranger.
    """
    row = con.execute("select value from raw.warehouse where property = 'key_check'").fetchone()
    try:
        key = key_in_force(home)
    except KeyFault as fault:
        raise LandingError(fault.message_zh, fault.message_en) from None
    if key is None:
        if row or home.journal.exists():
            raise LandingError(
                f"找不到此数据仓库的密钥。请用 skillsdw key restore --from 备份文件 恢复 {home.key_file},或设置 "
                f"{KEY_VARIABLE};换用新密钥会使同一个人前后无法关联",
                f"The key of this warehouse is missing. Restore {home.key_file} with skillsdw key restore --from FILE, "
                f"or set {KEY_VARIABLE}: with a new key nobody could be linked with their earlier records",
            )
        key = make_key_file(home)
    check = key_check(key)
    if row and not hmac.compare_digest(row[0], check):
        raise LandingError(
            f"密钥与此数据仓库建立时的不同,已拒绝入库。请改回原来的密钥({KEY_VARIABLE} 或 {home.key_file})",
            "The key differs from the one with which this warehouse was begun: nothing was landed. "
            f"Put the former key back ({KEY_VARIABLE} or {home.key_file})",
        )
    if not row:
        con.execute("insert into raw.warehouse values ('key_check', ?)", [check])
    return key

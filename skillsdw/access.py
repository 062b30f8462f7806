"""Who may see what: `access.csv` of the home, read anew whenever it has changed.

One line grants one role to a subject (the `sub` claim of the identity provider) or to a group (a claim `groups`):

    kind,value,role,cities
    subject,6f1c…,planner,
    group,nanning,city,450100
    group,statistics,analyst,

A *planner* sees the whole province, asks the Query page and reads who asked for what (`audit_trail`); a *city* sees its
own rows whole and of other cities what small counts allow; an *analyst* asks the Query page of the cities named, or of
the whole province where none is.

The file must be the user's own and mode 0600, as secrets.toml must: who can write it can let himself in, and who can
read it learns who sees what.
"""

import csv
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from pathlib import Path

from skillsdw.home import Home, private_fault
from skillsdw.seeds import read_seed

COLUMNS = ("kind", "value", "role", "cities")
SUBJECT, GROUP = "subject", "group"
PLANNER, CITY, ANALYST = "planner", "city", "analyst"
_BETWEEN_CITIES = ";"


class AccessFault(Exception):
    """access.csv cannot be trusted, so nobody is let in; `str()` is bilingual and names line, value and remedy."""


@dataclass(frozen=True)
class Grant:
    """One line of the file. `cities` is empty for the whole province."""

    kind: str
    value: str
    role: str
    cities: frozenset[str]


@dataclass(frozen=True)
class Access:
    """What one reader may see: `cities` whole and of others what an edition shows, None for the province."""

    cities: frozenset[str] | None
    can_query: bool
    is_planner: bool = False


PROVINCE = Access(None, can_query=True, is_planner=True)  # whoever sits at the machine, where nobody signs in


def grants(home: Home) -> tuple[Grant, ...]:
    """The grants as they stand now; none while there is no file. AccessFault for a file that is no list of grants."""
    file = home.access
    try:
        with file.open("rb") as handle:
            fault = private_fault(file, os.fstat(handle.fileno()))
            content = b"" if fault else handle.read()
    except FileNotFoundError:
        return ()
    except OSError as fault:
        raise AccessFault(f"{file} 无法读取({fault.strerror}) / {file} cannot be read ({fault.strerror})") from fault
    if fault:
        zh, en = fault.split(" / ")
        raise AccessFault(f"{zh};在此之前任何人都不能进入 / {en}; nobody is let in until then")
    return _read(file, content)


def access_of(found: Iterable[Grant], subject: str, groups: Iterable[str]) -> Access | None:
    """What the reader with this subject and these groups may see, or None when no line names any of them.

    Grants add up: the whole province where one of them gives it, else all their cities.
    """
    named = {(SUBJECT, subject), *((GROUP, group) for group in groups)}
    own = [grant for grant in found if (grant.kind, grant.value) in named]
    if not own:
        return None
    is_whole = any(not grant.cities for grant in own)
    cities = None if is_whole else frozenset().union(*(grant.cities for grant in own))
    roles = {grant.role for grant in own}
    return Access(cities, can_query=bool(roles & {PLANNER, ANALYST}), is_planner=PLANNER in roles)


def cities_named(home: Home) -> set[frozenset[str]]:
    """Every set of cities that one subject or one group is given, for which an edition is made with each version.

    Who is in several groups may need their union, which the file does not tell: `skillsdw editions` makes those that
    were asked for.
    """
    by_name: dict[tuple[str, str], list[Grant]] = {}
    for grant in grants(home):
        by_name.setdefault((grant.kind, grant.value), []).append(grant)
    sets = set()
    for (kind, value), of_name in by_name.items():
        access = access_of(of_name, value if kind == SUBJECT else "", [value] if kind == GROUP else [])
        if access is not None and access.cities is not None:
            sets.add(access.cities)
    return sets


@lru_cache(maxsize=4)
def _read(file: Path, content: bytes) -> tuple[Grant, ...]:
    """The grants that the file's content gives."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise AccessFault(
            f"{file} 无法按 UTF-8 读取;请另存为“CSV UTF-8” / {file} cannot be read as UTF-8: save it as CSV UTF-8"
        ) from fault
    rows = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = next(rows, [])
        if tuple(name.strip() for name in header) != COLUMNS:
            raise _fault(file, 1, ",".join(header), f"表头 {','.join(COLUMNS)}", f"the header {','.join(COLUMNS)}")
        return tuple(_grant(file, rows.line_num, row) for row in rows if any(cell.strip() for cell in row))
    except csv.Error as fault:
        raise _fault(file, rows.line_num, str(fault), "一行 CSV", "a line of CSV") from fault


def _grant(file: Path, line: int, row: list[str]) -> Grant:
    cells = [cell.strip() for cell in row]
    if len(cells) != len(COLUMNS):
        raise _fault(file, line, ",".join(cells), "四列", "four columns")
    kind, value, role, listed = cells
    if kind not in (SUBJECT, GROUP):
        raise _fault(file, line, kind, "subject 或 group", "subject or group")
    if not value:
        raise _fault(file, line, value, "登录者或组的标识", "who it is: a subject or a group")
    if role not in (PLANNER, CITY, ANALYST):
        raise _fault(file, line, role, "planner、city 或 analyst", "planner, city or analyst")
    cities = frozenset(code.strip() for code in listed.split(_BETWEEN_CITIES) if code.strip())
    if unknown := sorted(cities - _city_codes()):
        raise _fault(file, line, _BETWEEN_CITIES.join(unknown), "市的代码,如 450100", "codes of cities such as 450100")
    if role == PLANNER and cities:
        raise _fault(file, line, listed, "planner 不写市(看全区)", "no cities for a planner, who sees the province")
    if role == CITY and not cities:
        raise _fault(
            file, line, listed, "city 须写明市,多个以 ; 分开", "at least one city for the role city, ; between"
        )
    return Grant(kind, value, role, cities)


def _fault(file: Path, line: int, value: str, zh: str, en: str) -> AccessFault:
    return AccessFault(
        f"{file} 第 {line} 行:“{value}”不对,应为{zh};改正前任何人都不能进入 / "
        f"{file} line {line}: {value!r} is wrong, expected {en}; nobody is let in until it is put right"
    )


def _city_codes() -> frozenset[str]:
    return frozenset(row["city_code"] for row in read_seed("city"))

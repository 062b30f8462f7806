"""What a role may read: a role resolves to one file, and a session has that file open and nothing else."""

from dataclasses import dataclass
from pathlib import Path

from skillsdw.editions import edition_file
from skillsdw.home import Home
from skillsdw.publish import current_version
from skillsdw.share import ShareError

PLANNER, ANALYST, CITY = "planner", "analyst", "city"


@dataclass(frozen=True)
class Role:
    """Who reads: a planner or an analyst of the province, or a city (`city` is its code, else None)."""

    kind: str
    city: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in (PLANNER, ANALYST, CITY) or (self.kind == CITY) != (self.city is not None):
            raise ShareError(
                "角色是 planner、analyst,或 city 并写明市 / A role is planner, analyst, or city together with the city"
            )

    def __str__(self) -> str:
        return f"{self.kind}:{self.city}" if self.city else self.kind


def served_file(home: Home, role: Role) -> Path:
    """The file that a role reads now: the published version, or of a city its edition of that version.

    ShareError when nothing is published, or the version has no edition for the city.
    """
    version = current_version(home)
    if version is None:
        raise ShareError("尚未发布任何版本;先运行 skillsdw build / Nothing is published yet: run skillsdw build first")
    if role.city is None:
        return version
    edition = edition_file(home, version.stem, frozenset([role.city]))
    if not edition.is_file():
        raise ShareError(
            f"版本 {version.stem} 没有 {role.city} 的分市版本,因此不能给该市发令牌或提供数据 / "
            f"Version {version.stem} has no edition for {role.city}: nothing can be shared with that city"
        )
    return edition

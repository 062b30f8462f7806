"""Which files land, in which order, as which extract (1-extracts, head)."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from skillsdw.codes import extract_names
from skillsdw.landing.errors import LandingError
from skillsdw.masking import mask_id_like, mask_names

CHUNK = 16 * 1024 * 1024


@dataclass(frozen=True)
class LandingFile:
    """One file to land. `name` is what is stored and shown: relative to `landing/`, ID-like runs masked.
    `extract` is None when the folder names none."""

    path: Path
    name: str
    extract: str | None


def find_files(paths: Iterable[Path], landing: Path | None, extract: str | None) -> list[LandingFile]:
    """The files under `paths`, in the order of their path; hidden and temporary ones are passed over.

    A symbolic link inside `landing/` that leads out of it is not followed. A path that does not exist
    raises `LandingError`: a mistyped name must not look like a landing with nothing to do.
    """
    if extract is not None and extract not in extract_names():
        names = ", ".join(extract_names())
        raise LandingError(f"没有名为 {extract} 的抽取表,可用:{names}", f"There is no extract {extract}: {names}")
    root = landing.resolve() if landing else None
    found: dict[Path, tuple[str, LandingFile]] = {}
    for given in paths:
        if not given.exists():
            shown = mask_id_like(str(given))
            raise LandingError(f"找不到文件或文件夹 {shown}", f"There is no file or folder {shown}")
        for path in _walk(given):
            real = path.resolve()
            inside = root is not None and path.absolute().is_relative_to(landing.absolute())
            if inside and not real.is_relative_to(root):
                continue
            if not real.is_file() or real in found:
                continue
            relative = path.absolute().relative_to(landing.absolute()) if inside else Path(path.name)
            folders = relative.parts[:1] if inside else reversed(path.absolute().parts[:-1])
            known = next((part for part in folders if part in extract_names()), None)
            found[real] = (
                relative.as_posix(),
                LandingFile(path, shown_name(str(relative)), extract or known),
            )
    return [file for _, file in sorted(found.values(), key=lambda item: (item[0], str(item[1].path)))]


def shown_name(path: str) -> str:
    """A path as it is stored and shown: neither an ID nor what looks like a person's name."""
    return mask_names(mask_id_like(path))


def _walk(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for child in sorted(path.iterdir()):
        if child.name.startswith((".", "~$")) or child.name.endswith((".tmp", ".part", ".crdownload")):
            continue
        # What explains a folder to people is no extract, nor is a sample's list of its own faults; any other stray
        # file is named and refused.
        if child.name.upper() in ("README.TXT", "README.MD", "TRUTH.CSV"):
            continue
        if child.is_dir():
            if not child.is_symlink():
                yield from _walk(child)
        else:
            yield child


def sha256_of(path: Path) -> str:
    """The digest of the bytes: what makes a file the same file (§ What is refused, idempotence)."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()

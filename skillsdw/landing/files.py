"""Which files land, in which order, as which extract (1-extracts, head)."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from skillsdw.codes import extract_names
from skillsdw.landing.errors import LandingError
from skillsdw.masking import mask_id_like, mask_names, printable

CHUNK = 16 * 1024 * 1024


@dataclass(frozen=True)
class LandingFile:
    """One file to land. `name` is what is stored and shown: relative to `landing/`, ID-like runs masked.
    `extract` is None when the folder names none; `refusal` says why the file is not even to be opened."""

    path: Path
    name: str
    extract: str | None
    refusal: LandingError | None = None


def find_files(paths: Iterable[Path], landing: Path | None, extract: str | None) -> list[LandingFile]:
    """The files under `paths`, in the order of their path; hidden and temporary ones are passed over.

    Nothing inside `landing/` leads out of it: a symbolic link to a folder, or to a file outside, is not followed but
    found as a file that is refused, and so is what is no file (a pipe, a socket, a device) or a folder that cannot be
    opened. A path that does not exist raises `LandingError`: a mistyped name must not look like a landing with
    nothing to do.
    """
    if extract is not None and extract not in extract_names():
        names, shown = ", ".join(extract_names()), shown_name(extract)
        raise LandingError(f"没有名为 {shown} 的抽取表,可用:{names}", f"There is no extract {shown}: {names}")
    root = os.path.realpath(landing) if landing else None
    found: dict[str, tuple[str, LandingFile]] = {}
    for given in paths:
        if not os.path.lexists(given):
            shown = shown_name(str(given))
            raise LandingError(f"找不到文件或文件夹 {shown}", f"There is no file or folder {shown}")
        for path, refusal in _walk(given):
            # realpath, unlike Path.resolve, takes a link that leads to itself for what it is.
            real = os.path.realpath(path)
            inside = root is not None and path.absolute().is_relative_to(landing.absolute())
            if inside and not Path(real).is_relative_to(root):
                refusal = refusal or _LINK
            refusal = refusal or _not_a_file(path)
            key = os.path.abspath(path) if refusal else real  # noqa: PTH100  (no link is followed)
            if key in found:
                continue
            relative = path.absolute().relative_to(landing.absolute()) if inside else Path(path.name)
            folders = relative.parts[:1] if inside else reversed(path.absolute().parts[:-1])
            known = next((part for part in folders if part in extract_names()), None)
            found[key] = (
                relative.as_posix(),
                LandingFile(path, shown_name(str(relative)), extract or known, refusal),
            )
    return [file for _, file in sorted(found.values(), key=lambda item: (item[0], str(item[1].path)))]


def shown_name(path: str) -> str:
    """A path as it is stored and shown: neither an ID nor what looks like a person's name, and on one line."""
    return printable(mask_names(mask_id_like(path)))


_LINK = LandingError(
    "这是指向 landing/ 以外的链接,或指向文件夹的链接,未读取。请把文件本身放入 landing/",
    "This is a link that leads out of landing/, or to a folder, and was not followed. Put the file itself into "
    "landing/",
)
_NO_FILE = LandingError(
    "这不是普通文件(管道、套接字、设备,或失效的链接),未读取。请移走并放入文件本身",
    "This is no file but a pipe, a socket, a device or a link to nothing, and was not read. Remove it and put the file "
    "itself here",
)
_NO_FOLDER = LandingError(
    "文件夹无法打开,其中的文件未读取。请核对权限和路径长度",
    "The folder cannot be opened and what is in it was not read. Check its permissions and the length of its path",
)


def _not_a_file(path: Path) -> LandingError | None:
    try:
        return None if stat.S_ISREG(path.stat().st_mode) else _NO_FILE
    except FileNotFoundError:
        # A file that vanished is told when it is opened; a link that leads nowhere stays.
        return _NO_FILE if path.is_symlink() else None
    except OSError:  # a link that leads to itself, among others
        return _NO_FILE


def _walk(given: Path) -> Iterator[tuple[Path, LandingError | None]]:
    """Every file under a folder, with the reason why it is not to be read; the folders in it may be nested deeper than
    Python's calls may."""
    if not given.is_dir():
        yield given, None
        return
    waiting = [given]
    while waiting:
        path = waiting.pop()
        if path != given and path.is_symlink() and path.is_dir():
            yield path, _LINK
            continue
        if not path.is_dir():
            yield path, None
            continue
        try:
            children = [child for child in path.iterdir() if not _is_passed_over(child.name)]
        except OSError:
            yield path, _NO_FOLDER
            continue
        waiting += sorted(children, reverse=True)


def _is_passed_over(name: str) -> bool:
    """Hidden and half-written files; what explains a folder to people, and a sample's list of its own faults. Any other
    stray file is named and refused."""
    return (
        name.startswith((".", "~$"))
        or name.endswith((".tmp", ".part", ".crdownload"))
        or name.upper() in ("README.TXT", "README.MD", "TRUTH.CSV")
    )


def sha256_of(path: Path) -> str:
    """The digest of the bytes: what makes a file the same file (§ What is refused, idempotence)."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()

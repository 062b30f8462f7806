"""Which files land, in which order, as which extract, and how each is opened once (1-extracts, head)."""

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from skillsdw.codes import extract_names
from skillsdw.identity import scrub
from skillsdw.landing.errors import LandingError
from skillsdw.masking import mask_names, printable
from skillsdw.workbooks.package import saved_at

CHUNK = 16 * 1024 * 1024


@dataclass(frozen=True)
class LandingFile:
    """One file to land. `name` is what is stored and shown: relative to `landing/`, identities as shapes.
    `extract` is None when the folder names none; `refusal` says why the file is not even to be opened. `root` is the
    folder `landing/` when the file lies in it: no link is followed below it."""

    path: Path
    name: str
    extract: str | None
    refusal: LandingError | None = None
    root: Path | None = None


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
                LandingFile(path, shown_name(str(relative)), extract or known, refusal, landing if inside else None),
            )
    return _in_order(found.values())


def _in_order(found: Iterable[tuple[str, LandingFile]]) -> list[LandingFile]:
    """Files in the order in which they land: by their paths; where these differ in nothing but the ending of the name
    (台账.xls and 台账.xlsx), the one that was saved last comes last."""
    by_path: dict[tuple, list[LandingFile]] = {}
    for relative, file in sorted(found, key=lambda item: (landing_order(item[0]), str(item[1].path))):
        by_path.setdefault(landing_order(relative)[:-1], []).append(file)
    return [file for files in by_path.values() for file in (sorted(files, key=_saved_at) if len(files) > 1 else files)]


def _saved_at(file: LandingFile) -> str:
    """When a workbook says that it was saved; nothing where it does not say or cannot be opened."""
    if file.refusal:
        return ""
    with suppress(LandingError), opened_once(file) as path:
        return saved_at(path)
    return ""


# What a corrected or copied file's name has more than its original's: 台账(更正), 台账-修订, 台账 (2), 台账v2.
_MARKS = re.compile(
    r"[\s(\[【_-]*(?:"
    r"(?:更正|修正|订正|补正|修订|修改|改正|更新|重报|重新报送|补报|最终|终稿|定稿|最新|新版|副本|copy|final|rev|new)(?:版|后|稿|表|件)?"
    r"(?P<nth>\d*)|v(?:er)?\.?(?P<version>\d{1,2})(?!\d)|第?(?P<time>\d+)(?:次|版|稿)|(?<=[\s(\[【])(?P<copy>\d{1,2})(?=[)\]】])"
    r")[)\]】\s]*",
    re.IGNORECASE,
)
_CHINESE_NUMBER = re.compile(r"[一二三四五六七八九十]+(?=[月季期批次班届])")
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}


def landing_order(path: str) -> tuple[object, ...]:
    """The order in which files land: as people read their paths. Numbers count by their value (9月 before 10月, 三月
    before 十月), a name that extends another's comes after it, and so does a name with a mark of correction or copy."""
    pure = PurePosixPath(unicodedata.normalize("NFKC", path))
    folders = tuple(_natural(part) for part in pure.parts[:-1])
    stem = pure.stem
    marks = [
        int(found["nth"] or found["version"] or found["time"] or found["copy"] or 1) for found in _MARKS.finditer(stem)
    ]
    base = _MARKS.sub("", stem)
    return folders, _natural(base or stem), bool(marks), tuple(marks), _natural(stem), pure.suffix.lower()


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Runs of digits by their value, what stands between them as it is."""
    text = _CHINESE_NUMBER.sub(lambda found: str(_of_chinese(found[0])), text)
    return tuple(
        (0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part.lower())
        for part in re.split(r"(\d+)", text, flags=re.ASCII)
        if part
    )


def _of_chinese(word: str) -> int:
    """十 → 10, 十二 → 12, 二十 → 20."""
    tens, has_ten, ones = word.partition("十")
    if not has_ten:
        return int("".join(str(_DIGITS[character]) for character in word))
    return 10 * (_DIGITS.get(tens, 1) if tens else 1) + (_DIGITS.get(ones, 0) if ones else 0)


def extends(name: str, earlier: str) -> bool:
    """Whether a file's name is another's in the same folder with something more: the correction of it, or a copy."""
    one, other = (
        PurePosixPath(unicodedata.normalize("NFKC", name)),
        PurePosixPath(unicodedata.normalize("NFKC", earlier)),
    )
    if one.parent != other.parent or one.stem == other.stem:
        return False
    base, original = _MARKS.sub("", one.stem), _MARKS.sub("", other.stem)
    return bool(original) and base == original and landing_order(name) > landing_order(earlier)


@contextmanager
def opened_once(file: LandingFile) -> Iterator[Path]:
    """Open a file as a regular one and give the path under which its bytes are read while it is open: whatever is
    put in its place meanwhile, what was hashed is what is read. `LandingError` for what is no regular file, or
    behind a link."""
    descriptor = _open(file)
    try:
        yield Path(f"/proc/{os.getpid()}/fd/{descriptor}")
    finally:
        os.close(descriptor)


_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


def _open(file: LandingFile) -> int:
    try:
        if file.root is None:
            descriptor = os.open(os.path.realpath(file.path), _FLAGS | os.O_NOFOLLOW)
        else:
            descriptor = _open_beneath(file.root, file.path.absolute().relative_to(file.root.absolute()))
    except OSError as error:
        if os.path.islink(file.path):  # noqa: PTH114  (of a path that may vanish)
            raise _LINK from None
        raise LandingError(
            f"文件无法打开({error.strerror})。请核对文件权限",
            f"The file cannot be opened ({error.strerror}). Check its permissions",
        ) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _NO_FILE
    return descriptor


def _open_beneath(root: Path, relative: Path) -> int:
    """Open what lies below a folder, component by component, following no link."""
    folder = os.open(os.path.realpath(root), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in relative.parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(relative.name, _FLAGS | os.O_NOFOLLOW, dir_fd=folder)
    finally:
        with suppress(OSError):
            os.close(folder)


def shown_name(path: str) -> str:
    """A path as it is stored and shown: neither an ID nor what looks like a person's name, and on one line."""
    return printable(mask_names(scrub(path)))


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

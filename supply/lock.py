"""`python -m supply.lock [--check]`: writes requirements.lock from constraints.txt, or says whether the two agree.

The lock names, for every version of constraints.txt, each wheel that a supported machine may take, with its SHA-256:
CPython 3.11 on Linux, x86_64 and aarch64, glibc. `pip install --require-hashes -r requirements.lock` then refuses
anything else. The check needs no registry; it also holds constraints.txt against what pyproject.toml asks for.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from supply import PROJECT, SupplyError
from supply.index import Index, Unreachable

CONSTRAINTS = PROJECT / "constraints.txt"
# Extras that the lock leaves out, with what pins them: pyspark is published as source alone, the lock holds wheels.
UNLOCKED = {"spark": PROJECT / "constraints-spark.txt"}
LOCK = PROJECT / "requirements.lock"
PYTHON = (3, 11)
MACHINES = ("x86_64", "aarch64")
NEWEST_GLIBC = 39  # 2.39; wheels for a newer one would not run on the Debian that CI has
HEAD = """\
# Made by `python -m supply.lock` from constraints.txt; change versions there and make this anew.
# Each wheel that CPython 3.11 on Linux (x86_64, aarch64) may take, in the order of the hashes below it.
"""


@dataclass(frozen=True)
class Locked:
    """One package of the lock: `files` maps a wheel's name to its SHA-256 in hex."""

    name: str
    version: str
    files: dict[str, str]

    @property
    def machines(self) -> list[str]:
        """The supported machines that have a wheel."""
        return [machine for machine in MACHINES if any(_is_for(wheel, machine) for wheel in self.files)]


def _is_for(wheel: str, machine: str) -> bool:
    return wheel.endswith(("-any.whl", f"{machine}.whl"))


def supported_tags() -> frozenset[Tag]:
    """Every tag of a wheel that a supported machine may take."""
    found: set[Tag] = set()
    for machine in MACHINES:
        platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(NEWEST_GLIBC, 4, -1)]
        platforms += [f"{name}_{machine}" for name in ("manylinux2014", "manylinux2010", "manylinux1", "linux")]
        tags = chain(cpython_tags(PYTHON, platforms=platforms), compatible_tags(PYTHON, "cp311", platforms=platforms))
        found.update(tags)
    return frozenset(found)


def constraints(file: Path = CONSTRAINTS) -> dict[str, str]:
    """The versions of constraints.txt by name, in its order. SupplyError for a line that is no `name==version`."""
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==(\S+)", line)
        if not match:
            raise SupplyError(f"{file.name}:应为“名称==版本”,而不是 {line!r} / expected name==version, found {line!r}")
        found[match[1]] = match[2]
    return found


def read_lock(file: Path = LOCK) -> list[Locked]:
    """The packages of the lock. SupplyError when it is not what `written` writes."""
    found, names = [], []
    for block in re.split(r"\n(?=# )", file.read_text(encoding="utf-8").removeprefix(HEAD)):
        comment, _, rest = block.strip().partition("\n")
        match = re.match(r"([A-Za-z0-9._-]+)==(\S+) ", rest)
        names, hashes = comment.removeprefix("# ").split(), re.findall(r"--hash=sha256:([0-9a-f]{64})", rest)
        if not match or not names or len(names) != len(hashes):
            raise SupplyError(f"{file.name} 无法读取;请运行 make lock / {file.name} cannot be read: run make lock")
        found.append(Locked(match[1], match[2], dict(zip(names, hashes, strict=True))))
    return found


def written(packages: list[Locked]) -> str:
    """The lock's text."""
    lines = [HEAD.rstrip("\n")]
    for package in packages:
        hashes = " \\\n    ".join(f"--hash=sha256:{digest}" for digest in package.files.values())
        only = "" if len(package.machines) == len(MACHINES) else f'; platform_machine == "{package.machines[0]}" '
        lines += [f"# {' '.join(package.files)}", f"{package.name}=={package.version} {only}\\\n    {hashes}"]
    return "\n".join(lines) + "\n"


def not_asked(pyproject: dict) -> set[tuple[str, str]]:
    """The (package, machine) that pyproject.toml leaves out by a marker."""
    project = pyproject["project"]
    asked = [*project["dependencies"], *chain.from_iterable(project.get("optional-dependencies", {}).values())]
    return {
        (requirement.name, machine)
        for requirement in map(Requirement, asked)
        for machine in MACHINES
        if requirement.marker and not requirement.marker.evaluate({"platform_machine": machine})
    }


def resolve(index: Index, versions: dict[str, str], left_out: Collection[tuple[str, str]] = ()) -> list[Locked]:
    """The wheels of each version that a supported machine may take.

    SupplyError where there is none for a machine, unless (package, machine) is `left_out`.
    """
    tags = supported_tags()

    def one(item: tuple[str, str]) -> Locked:
        name, version = item
        try:
            page = index.project(name)
        except FileNotFoundError:
            raise SupplyError(f"软件源中没有 {name} / The registry has no {name}") from None
        files = {}
        for file in page["files"]:
            try:
                _, found, _, wheel_tags = parse_wheel_filename(file["filename"])
            except InvalidWheelFilename:  # a source distribution: nothing is built on a user's machine
                continue
            if found == Version(version) and wheel_tags & tags:
                files[file["filename"]] = file["hashes"]["sha256"]
        for machine in MACHINES:
            if (name, machine) not in left_out and not any(_is_for(wheel, machine) for wheel in files):
                raise SupplyError(
                    f"{name} {version} 没有适用于 {machine} 的 wheel / {name} {version} has no wheel for {machine}"
                )
        return Locked(name, version, dict(sorted(files.items())))

    return index.each(one, list(versions.items()))


def disagreements(pinned: dict[str, str], packages: list[Locked], pyproject: dict) -> Iterator[str]:
    """What does not agree between constraints.txt, the lock and pyproject.toml, a sentence each."""
    locked = {package.name: package.version for package in packages}
    for name in sorted(set(pinned) | set(locked)):
        if pinned.get(name) != locked.get(name):
            yield (
                f"{name}:constraints.txt {pinned.get(name, '—')},requirements.lock {locked.get(name, '—')};"
                f"请运行 make lock / {name} differs between constraints.txt and requirements.lock: run make lock"
            )
    versions = {canonicalize_name(name): version for name, version in pinned.items()}
    project = pyproject["project"]
    extras = project.get("optional-dependencies", {})
    asked = [*project["dependencies"], *chain.from_iterable(extras[name] for name in extras if name not in UNLOCKED)]
    yield from _not_pinned([*asked, *pyproject["build-system"]["requires"]], versions, CONSTRAINTS.name)


def _not_pinned(asked: Iterable[str], versions: dict[str, str], file: str) -> Iterator[str]:
    """What is asked for and stands in the file in no version, or in another."""
    for text in asked:
        requirement = Requirement(text)
        version = versions.get(canonicalize_name(requirement.name))
        if version is None:
            yield f"pyproject.toml 要求的 {text} 不在 {file} 中 / {text} is asked for and not pinned"
        elif not requirement.specifier.contains(version, prereleases=True):
            yield f"pyproject.toml 要求 {text},{file} 为 {version} / {text} is asked for, {version} is pinned"


def check() -> list[str]:
    """What does not agree in this checkout."""
    pyproject = _pyproject()
    found = list(disagreements(constraints(), read_lock(), pyproject))
    for extra, file in UNLOCKED.items():
        versions = {canonicalize_name(name): version for name, version in constraints(file).items()}
        found += _not_pinned(pyproject["project"]["optional-dependencies"][extra], versions, file.name)
    return found


def _pyproject() -> dict:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="say whether the files agree, and write nothing")
    if parser.parse_args().check:
        found = check()
        print("\n".join(found) or f"{len(read_lock())} 个软件包一致 / packages agree")
        return 1 if found else 0
    try:
        packages = resolve(Index(), constraints(), not_asked(_pyproject()))
    except Unreachable as fault:
        print(f"错误 / Error: 无法访问软件源({fault}) / The registry cannot be reached", file=sys.stderr)
        return 1
    LOCK.write_text(written(packages), encoding="utf-8")
    files = sum(len(package.files) for package in packages)
    print(
        f"已写入 {LOCK.name}:{len(packages)} 个软件包,{files} 个文件 / Written: {len(packages)} packages, {files} files"
    )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SupplyError as fault:
        print(f"错误 / Error: {fault}", file=sys.stderr)
        sys.exit(1)

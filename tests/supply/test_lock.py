"""The lock agrees with what it is made from, names no host, and takes the wheels that a supported machine may take."""

import re
from importlib import metadata
from pathlib import Path

import pytest
from made_registry import Registry, file
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from supply import PROJECT, SupplyError
from supply.index import Index
from supply.lock import LOCK, Locked, check, constraints, disagreements, not_asked, read_lock, resolve, written


def test_constraints_lock_and_pyproject_agree() -> None:
    assert check() == []


def test_the_lock_holds_every_package_that_the_project_needs() -> None:
    """`pip install --require-hashes` takes nothing else; asked of the installed packages, so without a registry."""
    locked = {canonicalize_name(package.name) for package in read_lock()}
    wanted, seen = [("skillsdw", "dev")], set()
    while wanted:
        name, extra = wanted.pop()
        for text in metadata.requires(name) or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                found = (canonicalize_name(needed.name), next(iter(sorted(needed.extras)), ""))
                if found not in seen:
                    seen.add(found)
                    wanted.append(found)
    assert {name for name, _ in seen} <= locked


def test_every_package_has_a_wheel_for_both_machines_and_every_file_a_hash() -> None:
    for package in read_lock():
        machines = ["x86_64"] if package.name == "atheris" else ["x86_64", "aarch64"]
        assert package.machines == machines, package
        assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in package.files.values())


@pytest.mark.parametrize("path", ["requirements.lock", "constraints.txt", "docs/sbom.cdx.json", "supply", "Makefile"])
def test_no_file_names_a_registry(path: str) -> None:
    place = PROJECT / path
    for each in [place] if place.is_file() else place.rglob("*.*"):
        if each.suffix != ".pyc":
            assert "pypi." + "org" not in each.read_text(encoding="utf-8"), each
            assert "python" + "hosted" not in each.read_text(encoding="utf-8"), each


def test_the_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    packages = [
        Locked("a", "1.0", {"a-1.0-py3-none-any.whl": "1" * 64}),
        Locked("b", "2", {"b-2-cp311-linux_x86_64.whl": "2" * 64, "b-2-cp311-linux_aarch64.whl": "3" * 64}),
        Locked("c", "3", {"c-3-cp311-linux_x86_64.whl": "4" * 64}),
    ]
    (tmp_path / "lock").write_text(written(packages), encoding="utf-8")
    assert read_lock(tmp_path / "lock") == packages
    assert written(read_lock()) == LOCK.read_text(encoding="utf-8")


def test_wheels_of_supported_machines_are_taken_and_no_others(registry: Registry) -> None:
    names = [
        "thing-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "thing-1.0-cp311-cp311-manylinux_2_28_aarch64.whl",
        "thing-1.0-cp39-abi3-manylinux2014_x86_64.whl",
        "thing-1.0-cp312-cp312-manylinux2014_x86_64.whl",
        "thing-1.0-cp311-cp311-musllinux_1_2_x86_64.whl",
        "thing-1.0-cp311-cp311-win_amd64.whl",
        "thing-1.0-cp311-cp311-macosx_11_0_arm64.whl",
        "thing-1.1-cp311-cp311-manylinux2014_x86_64.whl",
        "thing-1.0.tar.gz",
    ]
    registry.put("thing", [file(name) for name in names])
    (found,) = resolve(Index(), {"thing": "1.0"})
    assert sorted(found.files) == sorted(names[:3])


def test_a_package_without_a_wheel_for_a_machine_is_refused(registry: Registry) -> None:
    registry.put("thing", [file("thing-1.0-cp311-cp311-manylinux2014_x86_64.whl")])
    with pytest.raises(SupplyError, match="no wheel for aarch64"):
        resolve(Index(), {"thing": "1.0"})
    pyproject = {"project": {"dependencies": ["thing; platform_machine == 'x86_64'"]}}
    (found,) = resolve(Index(), {"thing": "1.0"}, not_asked(pyproject))
    assert found.machines == ["x86_64"]
    assert 'thing==1.0 ; platform_machine == "x86_64"' in written([found])
    with pytest.raises(SupplyError, match="has no other"):
        resolve(Index(), {"other": "1.0"})


def test_each_disagreement_is_a_sentence() -> None:
    pyproject = {
        "project": {"dependencies": ["a>=2", "b"], "optional-dependencies": {"dev": ["c"]}},
        "build-system": {"requires": []},
    }
    found = list(disagreements({"a": "1", "c": "1"}, [Locked("a", "1", {}), Locked("c", "2", {})], pyproject))
    assert len(found) == 3
    assert "c differs" in found[0]
    assert "a>=2 is asked for, 1 is pinned" in found[1]
    assert "b is asked for and not pinned" in found[2]


def test_a_line_that_is_no_pin_is_refused(tmp_path: Path) -> None:
    (tmp_path / "constraints.txt").write_text("a>=1\n", encoding="utf-8")
    with pytest.raises(SupplyError, match="name==version"):
        constraints(tmp_path / "constraints.txt")

"""The bill of materials names the locked packages, their hashes and their licences."""

import json
from email.message import Message
from types import SimpleNamespace

import pytest
from packaging.utils import canonicalize_name

from supply.lock import read_lock
from supply.sbom import SBOM, licence

BILL = json.loads(SBOM.read_text(encoding="utf-8"))


def test_it_holds_the_locked_versions_and_hashes() -> None:
    found = {
        part["name"]: (part["version"], {file["name"]: file["hashes"][0]["content"] for file in part["components"]})
        for part in BILL["components"]
    }
    assert found == {canonicalize_name(each.name): (each.version, each.files) for each in read_lock()}, "run make sbom"


def test_every_package_has_a_licence_and_an_address_of_its_own() -> None:
    without = [part["name"] for part in BILL["components"] if not part.get("licenses")]
    assert not without
    assert all(part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}" for part in BILL["components"])


def test_what_needs_what_is_told_of_packages_that_are_there() -> None:
    known = {part["bom-ref"] for part in BILL["components"]} | {"skillsdw"}
    needs = {each["ref"]: each.get("dependsOn", []) for each in BILL["dependencies"] if "#" not in each["ref"]}
    assert set(needs) <= known
    assert {other for others in needs.values() for other in others} <= known
    assert any(other.startswith("pkg:pypi/duckdb@") for other in needs["skillsdw"])


def test_nothing_in_it_changes_with_the_day() -> None:
    assert "timestamp" not in BILL["metadata"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ([("License-Expression", "MIT"), ("License", "other")], "MIT"),
        ([("License", "BSD-3-Clause")], "BSD-3-Clause"),
        ([("License", "UNKNOWN"), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT"),
        ([("License", "Permission is\nhereby"), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT"),
        ([("License-File", "LICENSE")], "MIT"),
        ([("Classifier", "Topic :: Office")], ""),
    ],
)
def test_a_licence_is_what_the_package_says_of_itself(head: list[tuple[str, str]], expected: str) -> None:
    message = Message()
    for name, value in head:
        message[name] = value
    package = SimpleNamespace(metadata=message, read_text={"licenses/LICENSE": "MIT License\n\nPermission"}.get)
    assert licence(package) == expected

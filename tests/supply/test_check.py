"""What the registry says of a package, told by a registry made here."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from made_registry import Registry, file

from supply import SupplyError, check
from supply.check import ACCEPTED, Finding, findings, lines, read_accepted, read_advisories
from supply.index import Index, Unreachable
from supply.lock import Locked

NOW = datetime(2026, 11, 26, tzinfo=UTC)
WHEEL = "thing-1.0-py3-none-any.whl"
THING = Locked("thing", "1.0", {WHEEL: "0" * 64})
NEWEST = {"info": {"version": "1.0"}, "vulnerabilities": []}


def found(advisories: list[dict] | None = None) -> list[tuple[str, str]]:
    """What the check finds of one package in the registry of the test."""
    report = findings(Index(), [THING], advisories or [], NOW)
    return [(finding.kind, finding.detail) for finding in report.findings]


def test_a_sound_package_is_told_to_be_sound(registry: Registry) -> None:
    registry.put("thing", [file(WHEEL)], **NEWEST)
    report = findings(Index(), [THING], [], NOW)
    assert (report.findings, report.told, report.untold) == ([], 1, [])


@pytest.mark.parametrize("yanked", [True, "a reason"])
def test_a_yanked_release(registry: Registry, yanked: object) -> None:
    registry.put("thing", [file(WHEEL, yanked=yanked)], **NEWEST)
    assert found() == [("yanked", "1.0")]


@pytest.mark.parametrize("files", [[file("thing-2.0-py3-none-any.whl")], [file(WHEEL, digest="1" * 64)]])
def test_a_file_that_is_gone_or_replaced(registry: Registry, files: list[dict]) -> None:
    registry.put("thing", files, **NEWEST)
    assert found() == [("gone", WHEEL)]


@pytest.mark.parametrize(
    ("status", "expected"), [("archived", 1), ("deprecated", 1), ("quarantined", 1), ("active", 0)]
)
def test_the_status_of_a_project(registry: Registry, status: str, expected: int) -> None:
    registry.put("thing", [file(WHEEL)], status, **NEWEST)
    assert found() == [("status", status)] * expected


def test_a_project_without_a_release_for_three_years(registry: Registry) -> None:
    registry.put("thing", [file(WHEEL, uploaded="2023-11-01T00:00:00Z")], **NEWEST)
    assert found() == [("quiet", "2023-11-01")]
    # Another release, though not the locked one, shows that somebody is there.
    registry.put("thing", [file(WHEEL, uploaded="2019-01-01T00:00:00Z"), file("thing-2.0.tar.gz")], **NEWEST)
    assert found() == []


def test_vulnerabilities_of_the_newest_release_are_those_of_the_locked_one_when_they_are_the_same(
    registry: Registry,
) -> None:
    told = [{"id": "PYSEC-1", "withdrawn": None}, {"id": "PYSEC-2", "withdrawn": "2026-01-01T00:00:00Z"}]
    registry.put("thing", [file(WHEEL)], info={"version": "1.0"}, vulnerabilities=told)
    assert found() == [("vulnerable", "PYSEC-1")]
    registry.put("thing", [file(WHEEL)], info={"version": "1.1"}, vulnerabilities=told)
    report = findings(Index(), [THING], [], NOW)
    assert (report.findings, report.told, report.untold) == ([], 0, ["thing"])
    assert "not assessed for 1 whose locked release is not the newest: thing" in lines(report, {})[-1]


def test_a_registry_with_a_page_for_each_release_is_asked_for_the_locked_one(registry: Registry) -> None:
    registry.put("thing", [file(WHEEL)], info={"version": "1.1"}, vulnerabilities=[])
    registry.pages["/pypi/thing/1.0/json"] = {"info": {"version": "1.0"}, "vulnerabilities": [{"id": "PYSEC-3"}]}
    assert found() == [("vulnerable", "PYSEC-3")]


def advisory(*events: dict, versions: tuple[str, ...] = (), name: str = "Thing", **more: object) -> dict:
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}] if events else []
    package = {"ecosystem": "PyPI", "name": name}
    return {"id": "OSV-1", "affected": [{"package": package, "ranges": ranges, "versions": list(versions)}]} | more


@pytest.mark.parametrize(
    ("record", "concerns"),
    [
        (advisory({"introduced": "0"}), True),
        (advisory({"introduced": "0"}, {"fixed": "1.0"}), False),
        (advisory({"introduced": "0"}, {"fixed": "1.0.1"}), True),
        (advisory({"introduced": "0"}, {"last_affected": "1.0"}), True),
        (advisory({"introduced": "0"}, {"last_affected": "0.9"}), False),
        (advisory({"introduced": "1.1"}), False),
        (advisory({"introduced": "0"}, {"fixed": "0.5"}, {"introduced": "0.9"}, {"fixed": "2"}), True),
        (advisory(versions=("0.9", "1.0")), True),
        (advisory(versions=("0.9",)), False),
        (advisory({"introduced": "0"}, name="other"), False),
        (advisory({"introduced": "0"}, withdrawn="2026-01-01T00:00:00Z"), False),
    ],
)
def test_an_advisory_carried_along(registry: Registry, record: dict, concerns: bool) -> None:
    registry.put("thing", [file(WHEEL)], info={"version": "1.1"}, vulnerabilities=[])
    assert found([record]) == [("vulnerable", "OSV-1")] * concerns


def test_a_file_that_is_no_advisory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(advisory({"introduced": "0"})), encoding="utf-8")
    assert len(read_advisories(tmp_path)) == 1
    (tmp_path / "b.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SupplyError, match="no OSV record"):
        read_advisories(tmp_path)


def test_a_registry_that_does_not_answer_is_not_assessed_and_fails_in_ci_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setattr("sys.argv", ["supply.check"])
    monkeypatch.setattr(check, "read_lock", lambda: [THING])
    monkeypatch.delenv("CI", raising=False)
    assert check.main() == 0
    assert "Not assessed" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    assert check.main() == 1
    with pytest.raises(Unreachable) as told:
        Index().project("thing")
    assert "127.0.0.1" not in str(told.value)


def test_every_accepted_finding_has_a_reason_and_none_outlives_its_finding(registry: Registry, tmp_path: Path) -> None:
    assert read_accepted(ACCEPTED)
    registry.put("thing", [file(WHEEL, yanked=True)], **NEWEST)
    report = findings(Index(), [THING], [], NOW)
    accepted = {report.findings[0]: "we know"}
    assert lines(report, accepted)[0].endswith("we know")
    stale = {Finding("thing", "quiet", "2020-01-01"): "it is complete"}
    assert any("accepts nothing" in line for line in lines(report, stale))
    (tmp_path / "accepted.csv").write_text("package,kind,detail,reason\nthing,yanked,1.0, \n", encoding="utf-8")
    with pytest.raises(SupplyError, match="no reason"):
        read_accepted(tmp_path / "accepted.csv")

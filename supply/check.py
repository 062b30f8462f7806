"""`python -m supply.check [--advisories DIR]`: what the registry says of each locked package.

It asks pip's own index, and nothing else, for each package: is the locked release yanked, is a locked file gone or
replaced, has the project been archived, deprecated or quarantined, when did it last release, which vulnerabilities are
known. A finding is accepted by a row of `supply/accepted.csv` with its reason; a row that accepts nothing is itself a
finding, so the list cannot outlive its reasons. docs/supply.md says what is covered and what is not.

Exit status: 0 nothing to do · 1 findings, or in CI (`CI=true`) a registry that does not answer.
"""

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from supply import PROJECT, SupplyError
from supply.index import Index, Unreachable
from supply.lock import Locked, read_lock

ACCEPTED = PROJECT / "supply" / "accepted.csv"
ADVISORIES = PROJECT / "supply" / "advisories"
QUIET_YEARS = 3  # without any release: abandoned, until somebody has looked
DAYS_OF_YEAR = 365.25
DEAD = {"archived", "deprecated", "quarantined"}


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to act on. `kind` is yanked · gone · status · quiet · vulnerable, `detail` what exactly."""

    package: str
    kind: str
    detail: str

    @property
    def sentence(self) -> str:
        words = {
            "yanked": "发布者已撤回所用版本 / the locked release was yanked",
            "gone": "软件源中已没有所锁定的文件 / a locked file is no longer in the registry",
            "status": "项目已停止维护或被隔离 / the project is archived, deprecated or quarantined",
            "quiet": f"超过 {QUIET_YEARS} 年没有新版本 / no release for more than {QUIET_YEARS} years",
            "vulnerable": "有已知漏洞 / has a known vulnerability",
        }
        return f"{self.package}: {words[self.kind]} ({self.detail})"


@dataclass(frozen=True)
class Report:
    """What was found, and for how many packages vulnerabilities could be told by the registry."""

    findings: list[Finding]
    packages: int
    told: int
    untold: list[str]


def findings(index: Index, packages: list[Locked], advisories: Iterable[dict], now: datetime) -> Report:
    """Ask about every package. `advisories` are OSV records carried along, `now` is in UTC.

    `Unreachable` when the registry does not answer; FileNotFoundError when it has no page for a package.
    """
    carried = list(advisories)

    def one(package: Locked) -> tuple[list[Finding], bool]:
        found = list(_of_page(package, index.project(package.name), now))
        told = _told(index, package)
        known = {each["id"] for each in told or () if not each.get("withdrawn")} | _carried(package, carried)
        return found + [Finding(package.name, "vulnerable", each) for each in sorted(known)], told is not None

    answers = index.each(one, packages)
    untold = [package.name for package, (_, told) in zip(packages, answers, strict=True) if not told]
    everything = sorted(finding for found, _ in answers for finding in found)
    return Report(everything, len(packages), len(packages) - len(untold), untold)


def _of_page(package: Locked, page: dict, now: datetime) -> Iterator[Finding]:
    """What the simple index tells: yanked, gone, the project's status (PEP 792), the age of the newest release."""
    files = {file["filename"]: file for file in page["files"]}
    locked = {name: files.get(name) for name in package.files}
    if any(file and file.get("yanked") for file in locked.values()):
        yield Finding(package.name, "yanked", package.version)
    gone = [n for n, file in locked.items() if file is None or file["hashes"].get("sha256") != package.files[n]]
    if gone:
        yield Finding(package.name, "gone", ", ".join(gone))
    status = (page.get("project-status") or {}).get("status", "active")
    if status in DEAD:
        yield Finding(package.name, "status", status)
    times = [file["upload-time"] for file in page["files"] if file.get("upload-time")]
    if times and (now - datetime.fromisoformat(max(times))).days > QUIET_YEARS * DAYS_OF_YEAR:
        yield Finding(package.name, "quiet", max(times)[:10])


def _told(index: Index, package: Locked) -> list[dict] | None:
    """The vulnerabilities that the registry tells of the locked release; None where it tells of none but the newest.

    A registry may keep a page for each release, or for the newest only; the newest's answers for the locked one only
    when they are the same.
    """
    page = index.release(package.name, package.version)
    if page is None:
        page = index.release(package.name)
        if page is None or page["info"]["version"] != package.version:
            return None
    return page.get("vulnerabilities") or []


def _carried(package: Locked, records: list[dict]) -> set[str]:
    """The OSV records that concern the locked release (ecosystem PyPI; versions listed, or a range of them)."""
    name, found = canonicalize_name(package.name), set()
    for record in records:
        if record.get("withdrawn"):
            continue
        for affected in record.get("affected", ()):
            of = affected.get("package", {})
            if of.get("ecosystem") != "PyPI" or canonicalize_name(of.get("name", "")) != name:
                continue
            if package.version in affected.get("versions", ()) or any(
                _in_range(Version(package.version), span.get("events", ()))
                for span in affected.get("ranges", ())
                if span.get("type") == "ECOSYSTEM"
            ):
                found.add(record["id"])
    return found


def _in_range(version: Version, events: Iterable[dict]) -> bool:
    """Whether a version lies in a range of OSV: events in order, each opening or closing it."""
    is_in = False
    for event in events:
        ((kind, bound),) = event.items()
        at = Version("0") if bound == "0" else Version(bound)
        if kind == "introduced" and version >= at:
            is_in = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            is_in = False
    return is_in


def read_advisories(folder: Path) -> list[dict]:
    """The OSV records (a JSON file each) under a folder; SupplyError for a file that is none."""
    found = []
    for file in sorted(folder.rglob("*.json")):
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            _ = (record["id"], [Version(v) for v in _bounds(record)])
        except (ValueError, KeyError, TypeError, AttributeError, InvalidVersion) as fault:
            raise SupplyError(f"{file} 不是 OSV 记录 / {file} is no OSV record") from fault
        found.append(record)
    return found


def _bounds(record: dict) -> Iterator[str]:
    for affected in record.get("affected", ()):
        for span in affected.get("ranges", ()):
            if span.get("type") == "ECOSYSTEM":
                yield from (bound for event in span["events"] for bound in event.values())


def read_accepted(file: Path = ACCEPTED) -> dict[Finding, str]:
    """The accepted findings and why; SupplyError for a row without a reason."""
    with file.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for row in rows:
        if not row["reason"].strip():
            raise SupplyError(f"{file.name}:{row['package']} 没有写明理由 / no reason is given for {row['package']}")
    return {Finding(row["package"], row["kind"], row["detail"]): row["reason"] for row in rows}


def lines(report: Report, accepted: dict[Finding, str]) -> list[str]:
    """The report for a person: what is open, what is accepted and why, what could not be told."""
    out = [f"需处理 / To act on: {finding.sentence}" for finding in report.findings if finding not in accepted]
    out += [f"已接受 / Accepted: {f.sentence}: {accepted[f]}" for f in report.findings if f in accepted]
    out += [
        f"需处理 / To act on: {finding.package}: accepted.csv 中的一行已无用,请删去 / a row of accepted.csv accepts "
        f"nothing: remove it ({finding.kind}, {finding.detail})"
        for finding in accepted
        if finding not in report.findings
    ]
    out.append(
        f"{report.packages} 个软件包;漏洞由软件源评估 {report.told} 个,未评估 {len(report.untold)} 个(不是最新版本) / "
        f"{report.packages} packages; vulnerabilities told by the registry for {report.told}, not assessed for "
        f"{len(report.untold)} whose locked release is not the newest: {', '.join(report.untold) or '—'}"
    )
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--advisories", type=Path, default=ADVISORIES, help="a folder of OSV records (JSON)")
    folder = parser.parse_args().advisories
    accepted = read_accepted()
    try:
        report = findings(Index(), read_lock(), read_advisories(folder), datetime.now(UTC))
    except (Unreachable, FileNotFoundError) as fault:
        print(f"未评估:软件源没有回答({fault}) / Not assessed: the registry did not answer")
        return 1 if os.environ.get("CI") == "true" else 0
    print("\n".join(lines(report, accepted)))
    return 0 if set(report.findings) == set(accepted) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SupplyError as fault:
        print(f"错误 / Error: {fault}", file=sys.stderr)
        sys.exit(1)

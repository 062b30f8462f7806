"""What the tests try by themselves: doors, sandbox, keys, downloads, the locked packages; a line for each test.

Each line is a test function, counted by its cases. The promise is the first line of the test's module.
"""

import ast
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from ordeals.trial import Trial
from skillsdw.home import PROJECT

SUITES = {
    "doors": ("tests/doors/test_sign_in.py", "tests/doors/test_scope.py", "tests/home/test_access.py"),
    "sandbox": ("tests/dashboard/test_sandbox.py",),
    "keys": ("tests/home/test_keys.py",),
    "doctor": ("tests/home/test_doctor.py",),
    "downloads": ("tests/test_formula.py",),
    "privacy": ("tests/landing/test_privacy.py",),
    "supply": ("tests/supply/test_check.py", "tests/supply/test_lock.py", "tests/supply/test_sbom.py"),
}
SHORT = ("downloads",)


def trials(seed: int, scratch: Path, *, full: bool) -> Iterator[Trial]:
    """Every suite; the short version runs one, for what this module itself does."""
    for area in SUITES if full else SHORT:
        for path in SUITES[area]:
            yield from _tried(area, path, seed, scratch)


def _tried(area: str, path: str, seed: int, scratch: Path) -> Iterator[Trial]:
    report = scratch / f"{Path(path).stem}.xml"
    options = ["-q", "-p", "no:cacheprovider", f"--hypothesis-seed={seed}", f"--junitxml={report}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, path], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    promise = ast.get_docstring(ast.parse((PROJECT / path).read_text(encoding="utf-8"))).splitlines()[0].rstrip(".")
    if not report.exists():
        yield Trial(area, path, promise, 0, f"pytest ended with {done.returncode}: {done.stdout[-300:]}", held=False)
        return
    yield from judged(area, promise, report)


def judged(area: str, promise: str, report: Path) -> Iterator[Trial]:
    """A trial for each test function of pytest's JUnit report."""
    outcomes: dict[str, Counter] = defaultdict(Counter)
    for case in ET.parse(report).getroot().iter("testcase"):
        ended = next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")
        outcomes[case.get("name", "").partition("[")[0]][ended] += 1
    for name, counts in outcomes.items():
        what = name.removeprefix("test_").replace("_", " ")
        told = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(counts.items()))
        # What was skipped was not tried.
        yield Trial(area, what, promise, counts.total(), told, set(counts) == {"passed"})

"""Run a gate: `python -m expectations.run gate_1 --warehouse FILE --as-of D --docs DIR --out results.json`.

Exit status: 0 the gate ran, whatever it found (read the results) · 1 it could not run · 2 wrong usage.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.check import Check, Scope, read_scope
from expectations.identity import mask_identity
from expectations.result import CRASHED, ERROR, FAILED, PASSED, GateResult, summary_lines, write_results
from expectations.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.data_context import EphemeralDataContext

    from expectations.engine import DuckDBDatasource

GATES = ("gate_1", "gate_2")
DEFAULT_MEMORY_LIMIT = "4GB"
# Data sources, by which Data Docs name their pages: all rows, and those that have come or changed.
WAREHOUSE, CHANGES = "warehouse", "changes"
BEIJING = timezone(timedelta(hours=8))

# How much of what was found goes into `observed`: enough to begin with, short enough for a table.
_OBSERVED_ROWS = 5
_OBSERVED_LENGTH = 400


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, run the gate, write its results, print its summary."""
    options = _parser().parse_args(arguments)
    if not options.warehouse.is_file():
        print(f"没有工作仓库 / no such warehouse: {options.warehouse}", file=sys.stderr)
        return 1
    try:
        settings = read_settings(options.home_settings)
    except SettingsError as fault:
        print(fault, file=sys.stderr)
        return 1
    results = run_gate(
        options.gate,
        options.warehouse,
        as_of=options.as_of,
        known_at=options.known_at,
        since_batch=options.since_batch,
        is_backfill=options.backfill,
        published=options.published,
        docs=options.docs,
        settings=settings,
        memory_limit=options.memory_limit,
    )
    write_results(results, options.out)
    for line in summary_lines(results, options.lang):
        print(line)
    return 0


def load() -> None:
    """Import what a gate needs, which takes seconds, before one is asked for."""
    _context()
    import expectations.gate_1
    import expectations.gate_2  # noqa: F401


def run_gate(
    gate: str,
    warehouse: Path,
    *,
    as_of: date,
    known_at: datetime | None = None,
    since_batch: int | None = None,
    is_backfill: bool = False,
    published: Path | None = None,
    docs: Path | None = None,
    settings: Settings | None = None,
    memory_limit: str | None = None,
) -> list[GateResult]:
    """Run one gate on a working file, read-only, and return a result for each of its checks.

    After `since_batch` the build goes on from one that was published, so that no check of severity error found anything
    then: such a check is asked of the rows alone that have come or changed since. Where it finds something it is asked
    again of all rows. Warnings publish and stay: they are asked of all rows. So each check says what it says in a build
    of everything: its status, what it found and how often.

    Great Expectations takes seconds to import: it is imported here and nowhere sooner.
    """
    scope = read_scope(warehouse, as_of, known_at, settings or read_settings(), published, since_batch, is_backfill)
    context = _context()
    from expectations import gate_1, gate_2

    declare = {"gate_1": gate_1, "gate_2": gate_2}[gate].checks
    everything = replace(scope, since_batch=None)
    declared = declare(everything)
    checked_at = datetime.now(UTC).astimezone(BEIJING).replace(tzinfo=None).isoformat(timespec="seconds")
    passed: dict[str, GateResult] = {}
    if since_batch is not None:
        of_changes = [check for check in declare(scope) if check.severity == ERROR]
        found = _results(context, gate, warehouse, scope, of_changes, memory_limit, checked_at)
        passed = {key: result for key, result in found.items() if result.status == PASSED}
    left = [check for check in declared if check.key not in passed]
    found = passed | _results(context, gate, warehouse, everything, left, memory_limit, checked_at)
    results = [found[check.key] for check in declared]
    if docs:
        from expectations.data_docs import build_data_docs

        build_data_docs(context, results, docs)
    return results


def _context() -> EphemeralDataContext:
    """Make a context that lives in memory, says nothing to anyone and draws no progress bar."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = great_expectations.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    # It brings a site of its own in a temporary folder that it leaves behind.
    for name, site in list(context.list_data_docs_sites().items()):
        context.delete_data_docs_site(name)
        shutil.rmtree(site["store_backend"]["base_directory"], ignore_errors=True)
    return context


def _results(
    context: EphemeralDataContext,
    gate: str,
    warehouse: Path,
    scope: Scope,
    checks: Sequence[Check],
    memory_limit: str | None,
    checked_at: str,
) -> dict[str, GateResult]:
    findings = _validate(context, gate, warehouse, scope, checks, memory_limit or DEFAULT_MEMORY_LIMIT)
    return {check.key: _result(gate, check, findings.get(check.key), checked_at) for check in checks}


def _validate(
    context: EphemeralDataContext,
    gate: str,
    warehouse: Path,
    scope: Scope,
    checks: Iterable[Check],
    memory_limit: str,
) -> Mapping[str, ExpectationValidationResult | Exception]:
    """Validate the checks table by table; a check's finding is its result, or what kept it from running."""
    import expectations.engine  # noqa: F401  (registers add_duckdb)

    by_table: dict[str, list[Check]] = {}
    for check in checks:
        if check.expectation is not None:
            by_table.setdefault(check.reads or check.table, []).append(check)
    if not by_table:
        return {}
    config = {"memory_limit": memory_limit}
    source: DuckDBDatasource = context.data_sources.add_duckdb(
        name=WAREHOUSE if scope.since_batch is None else CHANGES,
        connection_string=f"duckdb:///{warehouse.resolve()}",
        kwargs={"connect_args": {"read_only": True, "config": config}},
    )
    engine = source.get_execution_engine()
    findings: dict[str, ExpectationValidationResult | Exception] = {}
    try:
        if scope.published:
            path = str(scope.published.path).replace("'", "''")
            engine.execute(f"attach '{path}' as published (read_only)")
        for table, own in by_table.items():
            try:
                findings.update(_validate_table(context, source, gate, table, scope, own))
            except Exception as error:
                # The table as a whole could not be looked at (it is missing, say): none of its checks ran.
                findings.update({check.key: error for check in own})
    finally:
        engine.release()
        source.get_engine().dispose()
    return findings


def _validate_table(
    context: EphemeralDataContext, source: DuckDBDatasource, gate: str, table: str, scope: Scope, checks: list[Check]
) -> dict[str, ExpectationValidationResult]:
    from great_expectations import ExpectationSuite, ValidationDefinition

    schema, name = table.split(".")
    title = f"{gate}-{schema}-{name}" if scope.since_batch is None else f"{gate}-{schema}-{name}-{CHANGES}"
    for check in checks:
        check.expectation.meta = {"key": check.key}
        check.expectation.description = f"{check.message_zh} · {check.message_en}"
        check.expectation.severity = "critical" if check.severity == "error" else "warning"
    if scope.since_batch is None:
        asset = source.add_table_asset(table, table_name=name, schema_name=schema)
    else:
        asset = source.add_query_asset(table, query=f"select * from {scope.changed(table)}")
    whole = asset.add_batch_definition_whole_table if scope.since_batch is None else asset.add_batch_definition
    definition = context.validation_definitions.add(
        ValidationDefinition(
            name=title,
            data=whole("all rows"),
            suite=context.suites.add(
                ExpectationSuite(name=title, expectations=[check.expectation for check in checks])
            ),
        )
    )
    outcome = definition.run(result_format={"result_format": "SUMMARY", "partial_unexpected_count": 20})
    return {result.expectation_config.meta["key"]: result for result in outcome.results}


def _result(
    gate: str, check: Check, finding: ExpectationValidationResult | Exception | None, checked_at: str
) -> GateResult:
    """Turn a finding into a row of `gate_result`. A check that crashed did not fail: nobody knows."""
    if check.expectation is None:
        status, observed, count = PASSED, None, None
    elif finding is None:
        status, observed, count = CRASHED, "no result", None
    elif isinstance(finding, Exception):
        status, observed, count = CRASHED, _one_line(str(finding)), None
    elif error := _exception_of(finding.exception_info or {}):
        status, observed, count = CRASHED, _one_line(error), None
    elif finding.success:
        status, observed, count = PASSED, None, 0
    else:
        status = FAILED
        observed, count = _observed(finding.result)
    return GateResult(
        gate=gate,
        check_name=check.check_name,
        subject=check.subject,
        severity=check.severity,
        status=status,
        observed=observed,
        unexpected_count=count,
        message_zh=(check.failed_zh if status == FAILED else "") or check.message_zh,
        message_en=(check.failed_en if status == FAILED else "") or check.message_en,
        checked_at=checked_at,
    )


def _exception_of(info: Mapping[str, Any]) -> str | None:
    """Find the exception's text: it lies at the top, or under the id of each metric that crashed."""
    parts = [info, *(part for part in info.values() if isinstance(part, Mapping))]
    for part in parts:
        if part.get("raised_exception"):
            return str(part.get("exception_message") or "unknown exception")
    return None


def _observed(result: Mapping[str, Any]) -> tuple[str, int]:
    """Say in a line what was found, and how often."""
    rows = result.get("details", {}).get("unexpected_rows")
    if rows is not None:
        texts = [", ".join(f"{name}={value}" for name, value in _named(row).items()) for row in rows]
        texts = [text for text in texts if text]
        count = int(result["observed_value"])
    else:
        counts = result.get("partial_unexpected_counts", [])
        texts = [f"{found['value']} × {found['count']}" for found in counts]
        count = int(result.get("unexpected_count", 0))
    more = f"; … +{len(texts) - _OBSERVED_ROWS}" if len(texts) > _OBSERVED_ROWS else ""
    shown = "; ".join(texts[:_OBSERVED_ROWS]) + more
    return _one_line(shown) if shown else str(count), count


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """A found row without the count when the count says only "this one"."""
    return {name: value for name, value in row.items() if not (name == "faults" and value == 1)}


def _one_line(text: str) -> str:
    """Return the text's first line, short, with every long number masked."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    masked = mask_identity(first)
    return masked if len(masked) <= _OBSERVED_LENGTH else masked[: _OBSERVED_LENGTH - 1] + "…"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m expectations.run", description=__doc__)
    parser.add_argument("gate", choices=GATES)
    parser.add_argument("--warehouse", type=Path, required=True, help="the working DuckDB file")
    parser.add_argument("--as-of", type=date.fromisoformat, required=True, help="business date, YYYY-MM-DD")
    parser.add_argument("--known-at", type=_moment, help="only batches landed until then, Beijing time")
    parser.add_argument("--since-batch", type=int, help="the last batch of the build that passed before this one")
    parser.add_argument("--backfill", action="store_true", help="what landed since --published is history")
    parser.add_argument("--published", type=Path, help="the published file or link to compare with")
    parser.add_argument(
        "--docs",
        type=Path,
        required=True,
        help="folder for this gate's HTML pages",
    )
    parser.add_argument("--out", type=Path, required=True, help="JSON file for the results")
    parser.add_argument("--memory-limit", help="DuckDB's memory limit, for example 4GB")
    parser.add_argument("--home-settings", type=Path, help="thresholds of the home (TOML), above the project's")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the printed summary")
    return parser


def _moment(text: str) -> datetime:
    """Read a time; one with a zone is turned into Beijing time, which raw holds without a zone."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(BEIJING).replace(tzinfo=None) if moment.tzinfo else moment


if __name__ == "__main__":
    sys.exit(main())

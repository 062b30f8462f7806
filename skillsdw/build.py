"""gate 1 → dbt → gate 2 → publish, in this order; a stop at any point leaves what is published as it was (spec 3)."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb

from expectations.result import (
    CRASHED,
    ERROR,
    FAILED,
    PASSED,
    WARNING,
    GateResult,
    read_results,
    stops_publish,
)
from expectations.settings import HOME_SETTINGS, SettingsError, read_settings
from skillsdw import durable
from skillsdw.editions.make import make_editions, make_open_figures, remove_orphans
from skillsdw.home import BUILD_ID, PROJECT, Home, beijing_now, exclusive, moment_after, newest_build
from skillsdw.keys import settle_rotation, without_key
from skillsdw.lake import LAKE, bring_home, lake_of, lay_out
from skillsdw.landing import LandingError, ensure_raw, open_working
from skillsdw.landing.journal import missing_batches
from skillsdw.publish import Marts, current_version, publish, remove_leftovers, version_fault
from skillsdw.seeds import digest, home_lists, in_force, read_all, read_seed, write_for_dbt
from skillsdw.standby import Standby
from skillsdw.state import code_digest, forget, is_built_of_this, remember, since

Progress = Callable[[str], None]

DONE, STOPPED, FAILED_BUILD, RUNNING = "published", "stopped", "failed", "running"
DUCKDB, SPARK = "duckdb", "spark"  # where the marts are made; the names of dbt's targets

# What decides which sessions count and what is due, and what they are measured against.
RULE_SEEDS = (
    "rule",
    "fund_training_type",
    "funding_source",
    "trainee_group",
    "project_subsidy",
    "subsidy_standard",
    "park_allocation",
)
RULE_MODELS = (
    "int_session_*.sql",
    "int_payment*.sql",
    "fct_training_session.sql",
    "subsidy_entitlement.sql",
    "stg_*.sql",
)
TARGET_SEEDS = ("target", "city_target")


class BuildError(Exception):
    """The build failed and nothing changed for readers; `str()` is bilingual and says where to look."""


@dataclass
class BuildReport:
    """What became of one build: the record that `skillsdw status` reads."""

    build_id: str
    as_of: str
    known_at: str | None
    started_at: str
    state: str = RUNNING
    step: str = "start"
    message: str = ""
    ended_at: str | None = None
    engine: str = DUCKDB
    since_batch: int | None = None  # the last batch and the business date of the build that this one goes on from;
    since_as_of: str | None = None  # none when it makes everything anew
    is_backfill: bool = False  # history is being loaded: what newly landed may raise the figures by any share
    seconds: dict[str, float] = field(default_factory=dict)  # wall time of each step that has ended
    results: list[GateResult] = field(default_factory=list)


def build(
    home: Home,
    as_of: date | None = None,
    known_at: datetime | None = None,
    keep: int = 5,
    memory_limit: str | None = None,
    progress: Progress = print,
    full: bool = False,
    engine: str = DUCKDB,
    is_backfill: bool = False,
) -> BuildReport:
    """Build and publish one version; return its report, whose `state` is published or stopped (by a gate).

    It goes on from what is published where it may (`skillsdw.state`), unless `full` asks for everything anew. With the
    engine Spark the marts are made there, always anew; gates and publishing are the same. `is_backfill` says that what
    has landed since is history: a rise by it is reported and does not stop.

    Raises BuildError when a step failed; HomeBusy, UnsafeHome and ClockBehind as `skillsdw.home` says; SeedError when a
    code list cannot be used.
    """
    with exclusive(home), in_force(home):
        settle_rotation(home)
        began = moment_after(newest_build(home))
        report = BuildReport(
            build_id=f"{began:{BUILD_ID}}",
            as_of=(as_of or began.date()).isoformat(),
            known_at=known_at.isoformat(sep=" ") if known_at else None,
            started_at=began.isoformat(timespec="seconds"),
            engine=engine,
            is_backfill=is_backfill,
        )
        _remove_leftovers(home)
        write_report(home, report)
        try:
            read_all()  # what rows are judged by, before any of them
            if engine == SPARK:
                _need_spark()
            _need_settings(home)
            prepare_raw(home)
            if not full and engine == DUCKDB and (last := since(home, date.fromisoformat(report.as_of), known_at)):
                report.since_batch, report.since_as_of = last.batch_id, last.as_of.isoformat()
            _run_steps(home, report, keep, memory_limit, progress)
        except Exception as fault:
            # A full disk takes no record either; without one `status` calls the build interrupted at its step.
            with suppress(OSError):
                _close(home, report, FAILED_BUILD, _words(fault))
            if isinstance(fault, duckdb.Error | OSError):
                raise BuildError(_words(fault)) from fault
            raise
        return report


def _words(fault: Exception) -> str:
    if not isinstance(fault, duckdb.Error | OSError):
        return str(fault)
    zh, en = durable.explain(fault).split(" / ", 1)
    return f"没有发布任何内容。{zh} / Nothing was published. {en}"


def _remove_leftovers(home: Home) -> None:
    """What a killed build left: it may be what fills the disk."""
    remove_leftovers(home)
    shutil.rmtree(spills(home), ignore_errors=True)


def spills(home: Home) -> Path:
    """Where DuckDB puts what does not fit into memory while dbt works on the working file."""
    return home.warehouse.with_name(f"{home.warehouse.name}.tmp")


@dataclass(frozen=True)
class Crew:
    """The two processes of a build: one runs both gates, the other dbt."""

    gates: Standby
    dbt: Standby


def _run_steps(home: Home, report: BuildReport, keep: int, memory_limit: str | None, progress: Progress) -> None:
    with crew(home, report, memory_limit) as at_work:
        with _step(home, report, "gate_1", progress, "第一道检查(入库数据) / Gate 1 on raw"):
            gate_1 = run_gate(at_work, home, "gate_1", report, memory_limit)
        if _stopped(home, report, gate_1, "第一道检查未通过 / Gate 1 stopped the build"):
            return

        with _step(home, report, "dbt", progress, _dbt_words(report)):
            built = forget(home, report.build_id, date.fromisoformat(report.as_of))
            if report.engine == SPARK:
                (home.root / "spark").mkdir(mode=0o700, exist_ok=True)
                lay_out(home, lake_of(home), memory_limit)
            tests, marts = run_dbt(at_work, home, report)
            if report.engine == SPARK:
                bring_home(home, _contracts(_target(home, report)), memory_limit)
        if _stopped(home, report, tests, "dbt 测试未通过 / dbt tests stopped the build"):
            return

        with _step(home, report, "gate_2", progress, "第二道检查(数据集市) / Gate 2 on marts"):
            gate_2 = run_gate(at_work, home, "gate_2", report, memory_limit)
        if _stopped(home, report, gate_2, "第二道检查未通过 / Gate 2 stopped the build"):
            return

    with _step(home, report, "publish", progress, "发布 / Publishing"):
        without: list[str] = []

        def beside(version: Path) -> None:
            if report.engine == DUCKDB:
                compiled = _target(home, report) / "compiled" / "skillsdw" / "models"
                as_of = date.fromisoformat(report.as_of)
                without.extend(make_open_figures(home, version, compiled, as_of, memory_limit))
            without.extend(make_editions(home, version, memory_limit, progress))

        is_delta = report.since_batch is not None
        version = publish(home, report.build_id, marts, report.results, keep, memory_limit, beside, is_delta)
        remove_orphans(home)
        if report.known_at is None and report.engine == DUCKDB:
            remember(home, built)
    _close(home, report, DONE, "\n".join([f"已发布 {version.name} / Published {version.name}", *without]))


def _dbt_words(report: BuildReport) -> str:
    if report.since_batch is None:
        return "构建数据集市(dbt) / Building the marts (dbt)"
    since = report.since_batch
    return f"更新数据集市(dbt,批次 {since} 之后的变化)/ Updating the marts (dbt, what changed after batch {since})"


@contextmanager
def crew(home: Home, report: BuildReport, memory_limit: str | None) -> Iterator[Crew]:
    """Begin both processes: dbt parses the project while Great Expectations is imported and gate 1 runs."""
    environment = without_key(os.environ) | {"SKILLSDW_HOME": str(home.root.resolve()), "DO_NOT_TRACK": "1"}
    if memory_limit:
        environment["SKILLSDW_MEMORY_LIMIT"] = memory_limit
    if report.engine == SPARK:
        environment[LAKE] = str(lake_of(home))
    lists = home.root / "dbt" / "seeds"
    write_for_dbt(lists)
    environment["SKILLSDW_SEEDS"] = str(lists.resolve())
    gates = Standby("gates", home.reports / "gates" / f"{report.build_id}.log", environment, PROJECT)
    try:
        dbt = Standby("dbt", home.reports / "dbt" / f"{report.build_id}.log", environment, PROJECT)
        try:
            forget_other_code(_target(home, report))
            dbt.tell(_dbt_order(home, report, "parse", variables=_shaping(report)))
            yield Crew(gates, dbt)
        finally:
            dbt.end()
    finally:
        gates.end()


@contextmanager
def _step(home: Home, report: BuildReport, step: str, progress: Progress, message: str) -> Iterator[None]:
    """One step of the work: named in the record while it runs, timed when it has ended."""
    report.step = step
    write_report(home, report)
    progress(message)
    began = time.monotonic()
    yield
    report.seconds[step] = round(time.monotonic() - began, 1)


def _stopped(home: Home, report: BuildReport, results: Sequence[GateResult], message: str) -> bool:
    report.results += results
    if not stops_publish(results):
        return False
    _close(home, report, STOPPED, message)
    return True


def _close(home: Home, report: BuildReport, state: str, message: str) -> None:
    report.state, report.message = state, message
    report.ended_at = beijing_now().isoformat(timespec="seconds")
    write_report(home, report)


def prepare_raw(home: Home) -> None:
    """Make sure that the working file and its raw tables exist, also before anything has landed.

    BuildError when batches that once landed are not in it: a lost warehouse must not publish an empty province.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    try:
        with open_working(home) as con:
            ensure_raw(con)
            lost = [batch for batch in missing_batches(home, con) if batch.status == "landed"]
    except LandingError as fault:
        raise BuildError(str(fault)) from None
    if lost:
        raise BuildError(
            f"工作库缺少曾经入库的 {len(lost)} 个批次(如批次 {lost[0].batch_id} {lost[0].file_name}),没有发布任何内容。"
            "请先运行 skillsdw land,它会按入库日志重建 / "
            f"{len(lost)} batches that once landed are not in the working warehouse (such as batch {lost[0].batch_id}, "
            f"{lost[0].file_name}): nothing was published. Run skillsdw land first, which rebuilds it by the journal"
        )


def run_gate(
    at_work: Crew,
    home: Home,
    gate: str,
    report: BuildReport,
    memory_limit: str | None,
) -> list[GateResult]:
    """Run a gate and return what it found. A gate that could not run raises BuildError."""
    out = home.reports / "gates" / f"{report.build_id}-{gate}.json"
    order = [
        gate,
        *("--warehouse", str(home.warehouse.resolve())),
        *("--as-of", report.as_of),
        *("--docs", str((home.reports / "gates" / "data_docs" / gate).resolve())),
        *("--out", str(out.resolve())),
    ]
    if (own := home.root / HOME_SETTINGS).exists():
        order += ["--home-settings", str(own.resolve())]
    if report.known_at:
        order += ["--known-at", report.known_at]
    if report.since_batch is not None:
        order += ["--since-batch", str(report.since_batch)]
    if report.is_backfill:
        order.append("--backfill")
    if memory_limit:
        order += ["--memory-limit", memory_limit]
    published = current_version(home)
    # One that cannot be read is not compared with: what is published must not hang on what was.
    if gate == "gate_2" and published and version_fault(published) is None:
        order += ["--published", str(published)]
    at_work.gates.tell(order)
    if at_work.gates.answer() != 0:
        raise BuildError(_failed(gate, at_work.gates.log))
    return read_results(out)


def run_dbt(at_work: Crew, home: Home, report: BuildReport) -> tuple[list[GateResult], Marts]:
    """Build seeds, models and data tests; return the tests' results and what there is to publish.

    Unit tests prove the code, not the data: `dbt build` at the root and `make test` run them, a nightly build need not.
    """
    if at_work.dbt.answer() != 0:
        raise BuildError(_failed("dbt parse", at_work.dbt.log))
    results_file = _target(home, report) / "run_results.json"
    results_file.unlink(missing_ok=True)
    build_only = ("build", "--exclude-resource-type", "unit_test")
    at_work.dbt.tell(_dbt_order(home, report, *build_only, variables=_variables(report)))
    answered = at_work.dbt.answer()
    at_work.dbt.finish()  # it holds the working file until it has ended
    # 1 stands for a failed test and for a model that broke alike: the results tell which.
    if answered is None or not results_file.is_file():
        raise BuildError(_failed("dbt", at_work.dbt.log))
    return read_dbt_results(results_file.parent, at_work.dbt.log)


def _target(home: Home, report: BuildReport) -> Path:
    """Where dbt leaves its artifacts and what it has parsed, for the next build: one folder a shape of the project."""
    folder = home.root / "dbt"
    if report.engine == SPARK:
        return folder / "spark"
    return folder if report.since_batch is None else folder / "changes"


def forget_other_code(target: Path) -> None:
    """Take away what dbt parsed of other code: after an upgrade it reads everything anew, not just what changed."""
    of_code, code = target / "parsed_of_code", code_digest()
    if not of_code.is_file() or of_code.read_text(encoding="utf-8") != code:
        (target / "partial_parse.msgpack").unlink(missing_ok=True)
        target.mkdir(parents=True, exist_ok=True)
        of_code.write_text(code, encoding="utf-8")


def _shaping(report: BuildReport) -> dict[str, object]:
    """The variables that decide which models there are and how they are made. dbt parses with these alone: with the
    same ones it takes what it parsed before, and the rest is read when a model is compiled."""
    shaping: dict[str, object] = {"persist_docs": False}
    return shaping if report.since_batch is None else shaping | {"since_batch": 0}


def _variables(report: BuildReport) -> dict[str, object]:
    variables = _shaping(report) | {
        "as_of": report.as_of,
        "build_id": report.build_id,
        "git_commit": git_commit(),
        "rules_version": rules_version(),
    }
    if report.known_at:
        variables["known_at"] = report.known_at
    if report.since_batch is not None:
        variables |= {"since_batch": report.since_batch, "since_as_of": report.since_as_of}
    return variables


def _dbt_order(home: Home, report: BuildReport, *command: str, variables: Mapping[str, object]) -> list[str]:
    return [
        *("--no-use-colors", "--log-level-file", "none", *command),
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(_target(home, report).resolve())),
        *("--log-path", str((home.reports / "dbt").resolve())),
        *("--target", report.engine),
        *("--vars", json.dumps(variables, ensure_ascii=False)),
    ]


def read_dbt_results(target: Path, log: Path) -> tuple[list[GateResult], Marts]:
    """Read `run_results.json`: tests become gate results; a seed or model that broke raises BuildError."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    nodes = manifest["nodes"]
    run = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    checked_at = beijing_now().isoformat(timespec="seconds")
    broken = [row for row in run if not row["unique_id"].startswith("test.") and row["status"] in ("error", "fail")]
    if broken:
        names = ", ".join(row["unique_id"].split(".")[-1] for row in broken)
        raise BuildError(_failed(f"dbt: {names}", log))
    tests = [
        _test_result(nodes[row["unique_id"]], row, checked_at)
        for row in run
        if row["unique_id"].startswith("test.") and row["status"] != "skipped"
    ]
    tables = sorted(
        node["name"] for node in nodes.values() if node["resource_type"] == "model" and node["schema"] == "marts"
    )
    return tests, Marts(tables, _descriptions(manifest))


def _need_settings(home: Home) -> None:
    """BuildError when the home's thresholds cannot be read: before anything is judged by them."""
    try:
        read_settings(home.root / HOME_SETTINGS)
    except SettingsError as fault:
        raise BuildError(str(fault)) from None


def _need_spark() -> None:
    """BuildError without dbt-spark, pyspark or Java: all three are asked for at once."""
    missing = [name for name in ("dbt.adapters.spark", "pyspark") if importlib.util.find_spec(name) is None]
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        missing.append("java")
    if missing:
        raise BuildError(
            f"用 Spark 构建缺少:{'、'.join(missing)}。请运行 pip install '.[spark]' -c constraints-spark.txt,"
            "并安装 Java 17 / "
            f"Building on Spark lacks {', '.join(missing)}: run pip install '.[spark]' -c constraints-spark.txt and "
            "install Java 17"
        )


def _contracts(target: Path) -> dict[str, dict[str, str]]:
    """The columns of every mart with their types, as the models' contracts have them."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return {
        node["name"]: {name: column["data_type"] for name, column in node["columns"].items()}
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }


def _descriptions(manifest: dict) -> dict[str, dict[str | None, str]]:
    """What each published table and column is: the models of marts, and the source `build` that publishing writes."""
    tables = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    tables = [node for node in tables if node["schema"] == "marts"]
    tables += [source for source in manifest["sources"].values() if source["source_name"] == "build"]
    return {
        table["name"]: {None: table["description"]}
        | {name: column["description"] for name, column in table["columns"].items()}
        for table in tables
    }


def _test_result(node: dict, row: dict, checked_at: str) -> GateResult:
    status = {"pass": PASSED, "fail": FAILED, "warn": FAILED}.get(row["status"], CRASHED)
    return GateResult(
        gate="dbt",
        check_name=node["name"],
        subject=(node.get("attached_node") or node["name"]).split(".")[-1],
        severity=WARNING if node["config"]["severity"].lower() == "warn" else ERROR,
        status=status,
        observed=None if status == PASSED else row.get("message"),
        unexpected_count=row.get("failures"),
        message_zh=f"dbt 测试 {node['name']}",
        message_en=f"dbt test {node['name']}",
        checked_at=checked_at,
    )


def _failed(what: str, log: Path) -> str:
    return f"{what} 失败,没有发布任何内容;详见 {log} / {what} failed, nothing was published; see {log}"


def write_report(home: Home, report: BuildReport) -> None:
    """Write the build's record by an atomic rename, so that a reader of `status` never meets half of it."""
    folder = home.reports / "builds"
    folder.mkdir(parents=True, exist_ok=True)
    durable.write(folder / f"{report.build_id}.json", json.dumps(asdict(report), ensure_ascii=False, indent=1) + "\n")


def last_report(home: Home) -> dict | None:
    """The newest build's record, or None while there is none that can be read."""
    for path in sorted((home.reports / "builds").glob("*.json"), reverse=True):
        with suppress(ValueError, OSError):
            return json.loads(path.read_text(encoding="utf-8"))
    return None


def is_up_to_date(home: Home, as_of: date) -> bool:
    """Whether what is published is what a build of `as_of` would publish now: same batches, same rules, same code, and
    where the working file says so the same thresholds and releases."""
    version = current_version(home)
    if version is None or version_fault(version) or not home.warehouse.is_file():
        return False
    with duckdb.connect(str(version), read_only=True) as con:
        published = con.execute(
            "select as_of, known_at, coalesce(batch_id_max, 0), git_commit, rules_version from marts.published_version"
        ).fetchone()
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        newest = con.execute("select coalesce(max(batch_id), 0) from raw.batch where status = 'landed'").fetchone()
        if not is_built_of_this(home, con):
            return False
    with in_force(home):
        return published == (as_of, None, newest[0], git_commit(), rules_version())


def git_commit() -> str:
    """The checkout's commit, marked when files were changed since; `unknown` outside git."""
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit}+changes" if changed else commit


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(PROJECT), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def rules_version() -> str:
    """Date of the newest rule, a digest of all that decides which sessions count, one of the targets, and one of the
    home's other lists where it has some: equal digests, equal rules."""
    models = [path for pattern in RULE_MODELS for path in sorted((PROJECT / "models").rglob(pattern))]
    rules = _short(digest(RULE_SEEDS), *models)
    targets = _short(digest(TARGET_SEEDS))
    newest = max(rule["since"] for rule in read_seed("rule"))
    # A home's own lists of industries or parks change no rule and no target, and yet what is published.
    others = sorted(set(home_lists()) - {*RULE_SEEDS, *TARGET_SEEDS})
    lists = f"-lists-{_short(digest(others))}" if others else ""
    return f"{newest}-{rules}-targets-{targets}{lists}"


def _short(of_lists: str, *files: Path) -> str:
    found = hashlib.sha256(of_lists.encode())
    for file in files:
        found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()[:8]

"""The project's SQL, compiled once, run again and again in memory: a build of milliseconds."""

import json
import os
import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
from dbt.cli.main import dbtRunner

from skillsdw.landing import ensure_raw

PROJECT = Path(__file__).parents[2]
CHANGED = ("kept", "sums")  # materializations that a build of changes alters in place
# What stands for the values of one build in the compiled text.
AS_OF, SINCE_AS_OF, SINCE_BATCH = date(2101, 1, 1), date(2102, 2, 2), 987654321


@dataclass(frozen=True)
class Model:
    """A model as it is run: its relation, its SQL, how it is made, and how a build of changes takes it in."""

    name: str
    relation: str
    sql: str
    materialized: str
    touched: dict | None
    sums: list[str]

    @property
    def kind(self) -> str:
        return "view" if self.materialized == "view" else "table"

    @property
    def is_changed(self) -> bool:
        return self.materialized in CHANGED


@dataclass(frozen=True)
class DataTest:
    """A data test: its name, its SQL, which gives one row a fault, and how grave a fault is."""

    name: str
    sql: str
    severity: str


class Compiled:
    """The SQL of a build of everything and of one of changes, as models are made, and their tests."""

    def __init__(self, folder: Path) -> None:
        (folder / "warehouse.duckdb").unlink(missing_ok=True)
        with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
            ensure_raw(con)
            # A test looks at a kept table's touched rows where these are there when it is compiled.
            con.execute("create schema altered")
            for kept in sorted(_of_touched_rows()):
                con.execute(f"create table altered.{kept} (sign integer)")
        variables = {"as_of": AS_OF.isoformat(), "persist_docs": False}
        since = {"since_batch": SINCE_BATCH, "since_as_of": SINCE_AS_OF.isoformat()}
        self._dbt(folder, variables, "seed")
        # dbt keeps its own file open for as long as the process lives.
        self.seeds = folder / "seeds.duckdb"
        for file in folder.glob("warehouse.duckdb*"):
            shutil.copy(file, folder / file.name.replace("warehouse", "seeds"))
        self.whole, self.whole_tests = self._compile(folder, variables)
        self.changes, self.changes_tests = self._compile(folder, variables | since)

    def _dbt(self, folder: Path, variables: dict, command: str) -> Path:
        before = os.environ.get("SKILLSDW_HOME")
        os.environ["SKILLSDW_HOME"] = str(folder)
        target = folder / "target"
        try:
            places = ["--project-dir", PROJECT, "--profiles-dir", PROJECT]
            places += ["--target-path", target, "--log-path", target, "--vars", json.dumps(variables)]
            done = dbtRunner().invoke([command, "--quiet", *map(str, places)])
        finally:
            os.environ.pop("SKILLSDW_HOME") if before is None else os.environ.update(SKILLSDW_HOME=before)
        assert done.success, done.exception or [row.message for row in done.result if row.message]
        return target / "manifest.json"

    def _compile(self, folder: Path, variables: dict) -> tuple[list[Model], list[DataTest]]:
        manifest = json.loads(self._dbt(folder, variables, "compile").read_text(encoding="utf-8"))
        nodes = {
            key: node
            for key, node in manifest["nodes"].items()
            if node["resource_type"] == "model" and node.get("language") == "sql"
        }
        models = [_model(node) for node in _in_order(nodes)]
        return models, _tests(manifest["nodes"], {model.relation for model in models})


def _model(node: dict) -> Model:
    return Model(
        node["name"],
        f"{node['schema']}.{node['name']}",
        node.get("compiled_code") or "",
        node["config"]["materialized"],
        node["config"].get("touched"),
        node["config"].get("sums", []),
    )


def _tests(nodes: dict[str, dict], made: set[str]) -> list[DataTest]:
    """The data tests that read nothing but seeds and models that are made here."""
    found = []
    for node in nodes.values():
        if node["resource_type"] != "test":
            continue
        parents = [nodes[key] for key in node["depends_on"]["nodes"] if key in nodes]
        reads = {f"{one['schema']}.{one['name']}" for one in parents if one["resource_type"] == "model"}
        if reads and reads <= made:
            found.append(DataTest(node["name"], node["compiled_code"], node["config"]["severity"].lower()))
    return found


def _of_touched_rows() -> set[str]:
    """The kept models whose rows of touched records are replaced: to the others rows only come."""
    config = re.compile(r"materialized\s*=\s*['\"]kept['\"][^}]*\btouched\s*=")
    return {
        file.stem for file in (PROJECT / "models").rglob("*.sql") if config.search(file.read_text(encoding="utf-8"))
    }


def _in_order(nodes: dict[str, dict]) -> list[dict]:
    """Those that follow from rows alone: tables that are altered and their ancestors, each after what it reads. And
    what is made of code lists alone, to which tests hold their codes."""
    found: dict[str, dict] = {}

    def visit(key: str) -> None:
        if key in nodes and key not in found:
            for parent in nodes[key]["depends_on"]["nodes"]:
                visit(parent)
            found[key] = nodes[key]

    for key, node in nodes.items():
        parents = node["depends_on"]["nodes"]
        of_lists = parents and all(parent.startswith("seed.") for parent in parents)
        if node["config"]["materialized"] in CHANGED or of_lists:
            visit(key)
    return list(found.values())


class Warehouse:
    """A working file in memory."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.con = duckdb.connect(config={"threads": 1})
        self.con.execute("attach ':memory:' as warehouse; use warehouse")
        ensure_raw(self.con)
        for schema in ("seeds", "staging", "intermediate", "marts"):
            self.con.execute(f"create schema {schema}")
        self.con.execute(f"attach '{compiled.seeds}' as origin (read_only)")
        tables = self.con.execute(
            "select table_name from duckdb_tables() where database_name = 'origin' and schema_name = 'seeds'"
        ).fetchall()
        for (table,) in tables:
            self.con.execute(f"create table seeds.{table} as from origin.seeds.{table}")
        self.con.execute("detach origin")

    def land(self, batch_id: int, extract: str, rows: list[dict]) -> None:
        """Put rows into raw as one batch, landed a day after the one before."""
        numbered = [row | {"batch_id": batch_id, "row_number": number} for number, row in enumerate(rows, start=2)]
        self.con.register("rows", pa.Table.from_pylist(numbered))
        self.con.execute(f"insert into raw.{extract} by name select * from rows")
        self.con.unregister("rows")
        self.con.execute(
            "insert into raw.batch values (?, ?, ?, ?, timestamp '2026-01-01' + to_days(?), 'landed', ?, ?, 0, null)",
            [batch_id, extract, f"{batch_id}.csv", f"{batch_id:064x}", batch_id, len(rows), len(rows)],
        )

    def make_everything(self, as_of: date) -> None:
        """A build of everything."""
        self.con.execute("drop schema if exists changed cascade")
        for model in self.compiled.whole:
            sql = model.sql.replace(AS_OF.isoformat(), as_of.isoformat())
            self.con.execute(f"drop {model.kind} if exists {model.relation} cascade")
            self.con.execute(f"create {model.kind} {model.relation} as {sql}")

    def make_changes(self, as_of: date, since_batch: int, since_as_of: date) -> None:
        """A build of changes, as macros/materializations has tables take them in."""
        for schema in ("altered", "changed"):
            self.con.execute(f"drop schema if exists {schema} cascade; create schema {schema}")
        for model in self.compiled.changes:
            sql = model.sql.replace(AS_OF.isoformat(), as_of.isoformat())
            sql = sql.replace(SINCE_AS_OF.isoformat(), since_as_of.isoformat()).replace(
                str(SINCE_BATCH), str(since_batch)
            )
            if not model.is_changed:
                self.con.execute(f"create or replace {model.kind} {model.relation} as {sql}")
            elif model.sums:
                self._add(model, sql)
            elif model.touched:
                self._replace_touched(model, sql)
            else:
                self.con.execute(f"insert into {model.relation} by name {sql}")

    def _replace_touched(self, model: Model, sql: str) -> None:
        named = model.touched.get("extract_column")
        key = ", ".join(filter(None, [named, model.touched["column"]]))
        touched = f"select ({'extract, ' if named else ''}record_key) from intermediate.int_touched_record"
        if not named:
            touched += f" where extract = '{model.touched['extract']}'"
        rows = f"altered.{model.name}"
        columns = ", ".join(name for name, *_ in self.con.execute(f"describe {model.relation}").fetchall())
        self.con.execute(
            f"create table {rows} as select {columns}, -1 as sign from {model.relation} where ({key}) in ({touched})"
        )
        self.con.execute(f"insert into {rows} select {columns}, 1 as sign from ({sql})")
        self.con.execute(
            f"create or replace table changed.{model.name} as select distinct {key} "
            f"from (select {key} from {rows} group by {columns} having sum(sign) <> 0)"
        )
        is_changed = f"({key}) in (select ({key}) from changed.{model.name})"
        self.con.execute(f"delete from {model.relation} where {is_changed}")
        self.con.execute(f"insert into {model.relation} select {columns} from {rows} where sign = 1 and {is_changed}")

    def _add(self, model: Model, sql: str) -> None:
        columns = self.con.execute(f"describe {model.relation}").fetchall()
        summed = ", ".join(
            f"cast(sum({name}) as {kind}) as {name}" if name in model.sums else name for name, kind, *_ in columns
        )
        keys = [name for name, *_ in columns if name not in model.sums]
        self.con.execute(
            f"create or replace table {model.relation} as select {summed} "
            f"from (from {model.relation} union all by name ({sql})) group by {', '.join(keys)} "
            f"having sum({model.sums[0]}) <> 0"
        )

    def write(self, file: Path) -> Path:
        """Write what a gate reads to a file of its own."""
        file.unlink(missing_ok=True)
        self.con.execute(f"attach '{file}' as written")
        tables = self.con.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'warehouse' "
            "and schema_name in ('raw', 'marts', 'intermediate', 'changed')"
        ).fetchall()
        for schema in sorted({schema for schema, _ in tables}):
            self.con.execute(f"create schema written.{schema}")
        for schema, table in tables:
            self.con.execute(f"create table written.{schema}.{table} as from warehouse.{schema}.{table}")
        self.con.execute("detach written")
        return file

    def test_faults(self, tests: list[DataTest], as_of: date) -> dict[str, int]:
        """Run data tests; of each the number of rows that it finds."""
        return {
            test.name: self.con.execute(
                f"select count(*) from ({test.sql.replace(AS_OF.isoformat(), as_of.isoformat())})"
            ).fetchone()[0]
            for test in tests
        }

    def changed(self) -> list[str]:
        """The tables that a build of changes alters."""
        return [model.relation for model in self.compiled.whole if model.is_changed]

    def rows(self, table: str) -> list[tuple]:
        """Every row of a table, in order."""
        return sorted(map(repr, self.con.execute(f"from {table}").fetchall()))

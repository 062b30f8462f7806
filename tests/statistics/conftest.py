"""The project's own SQL, compiled once by dbt and run on made tables."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from dbt.cli.main import dbtRunner

from skillsdw.home import PROJECT
from skillsdw.landing import ensure_raw


class Compiler:
    """dbt with the project parsed, over an empty warehouse."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with duckdb.connect(str(home / "warehouse.duckdb")) as con:
            ensure_raw(con)
        self.manifest = self._dbt("parse").result

    def _dbt(self, *command: str, manifest=None):
        places = ("--project-dir", PROJECT, "--profiles-dir", PROJECT, "--target-path", self.home / "target")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SKILLSDW_HOME", str(self.home))
            done = dbtRunner(manifest=manifest).invoke(
                [
                    *command,
                    "--quiet",
                    *map(str, places),
                    "--log-path",
                    str(self.home),
                    "--vars",
                    "{as_of: '2026-10-31'}",
                ]
            )
        assert done.success, done.exception
        return done

    def inline(self, query: str) -> str:
        """A query with the project's macros, as SQL."""
        return self._dbt("compile", "--inline", query, manifest=self.manifest).result.results[0].node.compiled_code

    def model(self, name: str) -> str:
        """A model as SQL."""
        done = self._dbt("compile", "--select", name, manifest=self.manifest)
        return next(row.node.compiled_code for row in done.result.results if row.node.name == name)


@pytest.fixture(scope="session")
def compiler(tmp_path_factory) -> Compiler:
    return Compiler(tmp_path_factory.mktemp("statistics"))


@pytest.fixture(scope="session")
def run_model(compiler) -> Callable[..., list[dict]]:
    """Run a model over made tables: `run_model("city_funnel", {"intermediate.int_city_measure": rows})`."""
    compiled: dict[str, str] = {}

    def run(name: str, tables: dict[str, list[dict]]) -> list[dict]:
        import pyarrow as pa

        if name not in compiled:
            compiled[name] = compiler.model(name)
        with duckdb.connect() as con:
            con.execute("attach ':memory:' as warehouse")
            for table, rows in tables.items():
                con.execute(f"create schema if not exists warehouse.{table.split('.')[0]}")
                con.register("made", pa.Table.from_pylist(rows))
                con.execute(f"create table warehouse.{table} as from made")
            found = con.execute(compiled[name])
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return run

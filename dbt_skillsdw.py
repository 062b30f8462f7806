"""Lets dbt run this project's one Python model where dbt itself runs, also when the SQL runs on Spark.

dbt imports every installed module whose name begins with `dbt_`. dbt-spark knows two ways to run a Python model, and
both are of Databricks; `submission_method: driver` (models/intermediate/int_projection.py) is a third: the model reads
three small tables and writes one, so that the session that dbt has, or a Spark Connect server (`SPARK_REMOTE`), is
enough.
"""

from typing import Any

plugins: list = []


class DriverHelper:
    """Runs a compiled Python model in this process, on the Spark session that it has or opens."""

    def __init__(self, parsed_model: dict, credentials: Any) -> None:  # noqa: ARG002 (as dbt calls it)
        self._name = f"{parsed_model['schema']}.{parsed_model['alias']}"

    def submit(self, compiled_code: str) -> str:
        from pyspark.sql import SparkSession

        session = SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()
        exec(compile(compiled_code, self._name, "exec"), {"spark": session})
        return self._name


def _register() -> None:
    try:
        from dbt.adapters.spark.impl import SparkAdapter
    except ImportError:
        return
    known = SparkAdapter.python_submission_helpers
    SparkAdapter.python_submission_helpers = property(lambda self: known.fget(self) | {"driver": DriverHelper})


_register()

"""The data dictionary docs/dictionary.md, made from the descriptions that stand beside the models."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[1]

HEADING = """# 数据字典 · Data dictionary

本文件由 `skillsdw/dictionary.py` 根据 `models/` 中的说明生成，请勿手改。
代码为文本，比例在 0 与 1 之间，分母为 0 时为空。

Made by `skillsdw/dictionary.py` from the descriptions in `models/`: not to be edited by hand.
Codes are text, shares lie in [0, 1] and are null when the denominator is 0.
"""

# Readers look for a fact or a page's table first, and for a code's name last.
KINDS = [
    ("事实表", "Facts", lambda name: name.startswith("fct_")),
    ("页面所用的表", "Tables that pages read", lambda name: not name.startswith(("fct_", "dim_"))),
    ("维表", "Dimensions", lambda name: name.startswith("dim_")),
]


@dataclass(frozen=True)
class Description:
    zh: str
    en: str


@dataclass(frozen=True)
class Column:
    name: str
    data_type: str
    description: Description


@dataclass(frozen=True)
class Table:
    name: str
    description: Description
    columns: list[Column]


def in_both_languages(text: str, of: str) -> Description:
    """A description is its Chinese sentences on the first line and the English ones on the second."""
    lines = text.strip().split("\n")
    if len(lines) != 2 or not any("\u4e00" <= char <= "\u9fff" for char in lines[0]):
        raise ValueError(f"{of}: the description must be one line of Chinese, then one of English: {text!r}")
    return Description(*(line.strip() for line in lines))


def mart_tables(manifest: dict) -> list[Table]:
    """The tables of the schema marts: models, and what the build writes beside them."""
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    nodes += manifest["sources"].values()
    tables = [
        Table(
            name=node["name"],
            description=in_both_languages(node["description"], node["name"]),
            columns=[
                Column(
                    name=column["name"],
                    data_type=column["data_type"],
                    description=in_both_languages(column["description"], f"{node['name']}.{column['name']}"),
                )
                for column in node["columns"].values()
            ],
        )
        for node in nodes
        if node["schema"] == "marts"
    ]
    return sorted(tables, key=lambda table: table.name)


def dictionary_text(tables: list[Table]) -> str:
    parts = [HEADING]
    for kind_zh, kind_en, belongs in KINDS:
        parts.append(f"## {kind_zh} · {kind_en}\n")
        for table in tables:
            if belongs(table.name):
                parts.append(table_text(table))
    return "\n".join(parts)


def table_text(table: Table) -> str:
    rows = [
        f"| `{column.name}` | {column.data_type} | {cell(text.zh)} | {cell(text.en)} |"
        for column in table.columns
        for text in [column.description]
    ]
    return "\n".join(
        [
            f"### `{table.name}`\n",
            f"{table.description.zh}\n",
            f"{table.description.en}\n",
            "| 列 Column | 类型 Type | 说明 | Description |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def write_dictionary(manifest: Path, out_dir: Path) -> None:
    tables = mart_tables(json.loads(manifest.read_text(encoding="utf-8")))
    (out_dir / "dictionary.md").write_text(dictionary_text(tables), encoding="utf-8")


def parsed_manifest(target: Path) -> Path:
    """Let dbt read the models as they stand, into `target`. It opens no warehouse; a warning is an error."""
    command = [
        *(sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "--warn-error", "parse", "--no-partial-parse"),
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(target), "--log-path", str(target)),
    ]
    environment = dict(os.environ) | {"DO_NOT_TRACK": "1"}
    parsed = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if parsed.returncode:
        raise RuntimeError(parsed.stdout + parsed.stderr)
    return target / "manifest.json"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as target:
        write_dictionary(parsed_manifest(Path(target)), PROJECT / "docs")

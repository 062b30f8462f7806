"""The marts' contracts as the models declare them: what the published fixture is made of."""

import re
from functools import cache
from pathlib import Path

import yaml

MODELS = Path(__file__).parents[2] / "models"
_DOCS = re.compile(r"{%\s*docs (\w+)\s*%}\n(.*?)\n{%\s*enddocs\s*%}", re.S)
_DOC = re.compile(r"{{\s*doc\('(\w+)'\)\s*}}")


@cache
def tables() -> dict[str, dict[str, tuple[str, str]]]:
    """table → column → (type, description)."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    blocks = dict(_DOCS.findall((MODELS / "docs.md").read_text("utf-8")))
    found = {}
    for file in sorted((MODELS / "marts").glob("*.yml")):
        declared = yaml.load(file.read_text("utf-8"), loader)
        # gate_result is written by the build and not by a model: dbt knows it as a source.
        of_file = declared.get("models") or [
            table for source in declared.get("sources", ()) for table in source["tables"]
        ]
        for table in of_file:
            found[table["name"]] = {
                column["name"]: (column["data_type"], _DOC.sub(lambda doc: blocks[doc[1]], column["description"]))
                for column in table["columns"]
            }
    return found

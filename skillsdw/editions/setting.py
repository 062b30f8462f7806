"""The smallest count of persons of another city that is shown: one setting, `vars.least_persons` of dbt_project.yml."""

from functools import cache

import yaml

from skillsdw.home import PROJECT


@cache
def least_persons() -> int:
    """Counts of at least one and fewer persons than this hide (spec 4: 10)."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    return int(project["vars"]["least_persons"])

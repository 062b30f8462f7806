"""What the guides tell a newcomer to type works, and what they point at is there."""

import re
from pathlib import Path

import duckdb
import fixture
import pytest

from skillsdw.home import PROJECT

PAGES = sorted(
    path
    for path in (*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"))
    if path.name != "dictionary.md"  # generated, with its own test
)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_a_link_points_at_a_file(page: Path) -> None:
    found = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in found if not (page.parent / link).exists()] == []


def test_the_analysts_queries_run_on_a_published_file(tmp_path: Path) -> None:
    text = (PROJECT / "docs" / "guide" / "analyst.md").read_text(encoding="utf-8")
    queries = [sql for block in re.findall(r"```sql\n(.*?)```", text, re.DOTALL) for sql in block.split(";")]
    queries = [sql for sql in queries if sql.strip()]
    assert len(queries) == 5
    with duckdb.connect(str(fixture.publish(tmp_path)), read_only=True) as con:
        for sql in queries:
            con.execute(sql).fetchall()

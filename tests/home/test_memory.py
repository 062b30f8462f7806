"""A limit on memory is one for all processes of a command."""

import re

import duckdb
import pytest

from skillsdw.memory import for_database


@pytest.mark.parametrize(
    ("limit", "of_database"),
    [("8GB", "5680MB"), ("8 gib", "6152MB"), ("1.5GB", "750MB"), ("500MB", "250MB")],
)
def test_the_database_gets_what_the_rest_leaves(limit, of_database):
    assert for_database(limit) == of_database
    duckdb.connect(config={"memory_limit": of_database}).close()


@pytest.mark.parametrize("limit", ["much", "8", "-1GB", "80%", ""])
def test_what_is_no_amount_is_refused(limit):
    with pytest.raises(ValueError, match=f"^{re.escape(limit)}$"):
        for_database(limit)

"""The fixture stands on the marts' contracts, so that a page tested here runs there."""

import contract
import duckdb
import fixture


def test_the_contracts_are_read_with_their_descriptions_in_both_languages():
    tables = contract.tables()
    assert len(tables) > 35
    assert tables["city_scorecard"]["attainment"][0] == "double"
    for table, columns in tables.items():
        for name, (_, description) in columns.items():
            assert len(description.strip().split("\n")) == 2, f"{table}.{name}"


def test_rows_name_only_columns_that_the_contract_has():
    assert "cities" in fixture.rows_of_pages()
    for of_page in fixture.rows_of_pages().values():
        for table, rows in of_page.tables().items():
            for row in rows:
                assert set(row) <= set(contract.tables()[table]), table


def test_a_published_column_carries_its_description(tmp_path):
    with duckdb.connect(str(fixture.publish(tmp_path)), read_only=True) as connection:
        comment = connection.execute(
            "select comment from duckdb_columns() where table_name = 'city_pace' and column_name = 'gap_sessions'"
        ).fetchone()[0]
    assert comment.startswith("差额：")
    assert "\nGap:" in comment

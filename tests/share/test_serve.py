"""A second process with DuckDB's own quack client asks the server: with a right token, and with every other kind."""

import subprocess
import sys
from pathlib import Path

import pytest

from ordeals.share import (
    ATTACKS,
    Client,
    Refused,
    Server,
    attacks,
    dead_tokens,
    publish_version,
    publishes,
    said,
    until,
)
from skillsdw.editions import edition_file
from skillsdw.home import Home
from skillsdw.share import tokens
from skillsdw.share.gateway import qualified
from skillsdw.share.roles import ANALYST, CITY, Role

Shared = tuple[Home, Server, str]
SLOW = {"endless recursion", "a huge result", "memory", "one huge value"}  # their seconds are the limits' own


def test_a_right_token_reads_tables_and_runs_queries_on_the_server(shared: Shared, client: Client) -> None:
    _, server, text = shared
    client.attach(server.port, text)
    row = [["000000", "20261101T000000-aaaaaaa"]]
    assert client.ask("from r.marts.dim_city") == row
    assert client.ask("select count(*) from r.marts.dim_city where city_code = '000000'") == [[1]]
    assert client.run("select * from marts.dim_city") == row
    assert client.run("describe marts.dim_city")[0][:2] == ["city_code", "VARCHAR"]
    assert client.ask(f"from quack_query('quack:127.0.0.1:{server.port}', 'select 42', token := '{text}')") == [[42]]


def test_wrong_tokens_are_refused_in_words_and_not_written_down(shared: Shared, client: Client) -> None:
    _, server, text = shared
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    for token in (wrong, "nothing", "gx_00000000_" + "0" * 48):
        with pytest.raises(Refused, match="The token is not right"):
            client.attach(server.port, token)
    assert "wrong token, from 127.0.0.1" in server.log
    assert text not in server.log
    assert wrong not in server.log


def test_every_attack_comes_to_nothing(shared: Shared) -> None:
    home, server, text = shared
    quick = {what: attack for what, attack in ATTACKS.items() if what not in SLOW}
    broken = [trial for trial in attacks(home, server, text, quick, one_client=True) if not trial.held]
    assert not broken


def test_endless_and_huge_queries_are_ended_and_the_reader_goes_on(shared: Shared) -> None:
    home, server, text = shared
    chosen = {what: ATTACKS[what] for what in ("endless recursion", "a huge result", "one huge value")}
    assert not [trial for trial in attacks(home, server, text, chosen, one_client=True) if not trial.held]


def test_a_reader_who_leaves_takes_the_query_along(shared: Shared) -> None:
    _, server, text = shared
    endless = "with recursive x as (select 1 as i union all select i + 1 from x) select count(*) from x"
    others = set(server.workers())
    client = Client()
    client.attach(server.port, text)
    own = set(server.workers()) - others
    assert len(own) == 1
    client.send(f"from r.query('{endless}')")
    assert until(2, lambda: not own & set(server.workers())) is None
    client.kill()
    assert until(2, lambda: not own & set(server.workers())) is not None


def test_a_publish_reaches_an_attached_reader_and_lets_the_old_file_go(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    publish_version(home, "20261101T000000-aaaaaaa")
    text, token = tokens.add(home, "就业处", Role(ANALYST), 1)
    with Server(home) as server:
        trial = publishes(home, server, text, 1)
        assert trial.held, trial.seen
        # The last, as they leave no valid token behind.
        for trial in dead_tokens(home, server, text, token):
            assert trial.held, trial.seen
        assert text not in server.log


def test_a_city_reads_its_edition_and_nothing_else(tmp_path: Path, client: Client) -> None:
    home = Home(tmp_path / "home")
    own = publish_version(home, "20261101T000000-aaaaaaa")
    edition = edition_file(home, "20261102T000000-bbbbbbb", frozenset(["450100"]))
    edition.parent.mkdir(parents=True)
    edition.write_bytes(own.read_bytes())  # told apart from the province's by the name in its rows
    publish_version(home, "20261102T000000-bbbbbbb", 5)
    text, _ = tokens.add(home, "南宁", Role(CITY, "450100"), 1)
    with Server(home) as server:
        client.attach(server.port, text)
        assert client.run("from marts.dim_city") == [["000000", "20261101T000000-aaaaaaa"]]
        assert "may not be used" in said(lambda: client.run("from read_duckdb('../../versions/*')"))
        publish_version(home, "20261103T000000-ccccccc")
        assert "no edition for 450100" in said(lambda: client.run("from marts.dim_city"))


def test_the_schema_is_put_in_where_the_client_forgets_it_and_nowhere_else() -> None:
    assert qualified('SELECT #1, #2 FROM "odd name"') == 'SELECT #1, #2 FROM marts."odd name"'
    assert qualified("SELECT NULL::BOOLEAN FROM t") == "SELECT NULL::BOOLEAN FROM marts.t"
    for sql in ("select 1", "SELECT #1 FROM t WHERE a", "SELECT #1 FROM s.t", "SELECT #1 FROM f()", "FROM main.v"):
        assert qualified(sql) == sql


def test_the_extension_installs_from_its_wheel_without_a_network(tmp_path: Path) -> None:
    """As docs/sharing.md tells analysts; the folder of extensions is empty before."""
    code = (
        "import duckdb; from duckdb_extensions import import_extension\n"
        "con = duckdb.connect(); [import_extension(name, con=con) for name in ('httpfs', 'quack')]\n"
        "con.execute('load quack')\n"
        "print(con.execute('select quack_uri_parser(?, false).port', ['quack:h:1']).fetchone()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], env={"HOME": str(tmp_path)}, capture_output=True, text=True)
    assert done.stdout.strip() == "1", done.stderr
    assert list(tmp_path.rglob("quack.duckdb_extension"))

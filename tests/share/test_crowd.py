"""A valid reader while others keep connections open in silence, or ask greedily."""

import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from ordeals.share import Client, Server, publish_version
from skillsdw.home import Home
from skillsdw.share import tokens
from skillsdw.share.gateway import GREETS_WITHIN, MOST_CONNECTIONS
from skillsdw.share.roles import ANALYST, Role
from skillsdw.share.session import Limits

ENDLESS = "with recursive x as (select 1 as i union all select i + 1 from x) select count(*) from x"
SOON = 30.0  # seconds, beside a whole test run; alone a reader waits for one to three


@pytest.fixture
def home(tmp_path: Path) -> Home:
    place = Home(tmp_path / "home")
    publish_version(place, "20261101T000000-aaaaaaa")
    return place


def _silent(port: int, count: int, stack: ExitStack) -> list[socket.socket]:
    return [stack.enter_context(socket.create_connection(("127.0.0.1", port), 5)) for _ in range(count)]


def _is_closed(line: socket.socket) -> bool:
    line.settimeout(0.2)
    try:
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_silent_connections_keep_no_reader_out(home: Home) -> None:
    text, _ = tokens.add(home, "统计处", Role(ANALYST), 1)
    with Server(home, Limits()) as server, ExitStack() as stack, Client() as client:
        _silent(server.port, MOST_CONNECTIONS + 1, stack)
        times = []
        for _ in range(5):
            began = time.monotonic()
            if not times:
                client.attach(server.port, text)
            assert client.run("select count(*) from marts.dim_city") == [[1]]
            times.append(time.monotonic() - began)
            _silent(server.port, 20, stack)
        assert max(times) < SOON, times
        assert "made room, nobody had greeted" in server.log


@pytest.mark.parametrize("count", [1, 51, 60, 99])
def test_fewer_than_a_peer_may_have_are_left_alone(home: Home, count: int) -> None:
    with Server(home, Limits()) as server, ExitStack() as stack:
        lines = _silent(server.port, count, stack)
        time.sleep(0.5)
        assert "made room" not in server.log
        assert not any(map(_is_closed, lines[:3]))


def test_who_does_not_greet_is_hung_up_on_and_written_down(home: Home) -> None:
    with Server(home, Limits()) as server, ExitStack() as stack:
        lines = _silent(server.port, 3, stack)
        assert not any(map(_is_closed, lines))
        time.sleep(GREETS_WITHIN + 1)
        assert all(map(_is_closed, lines))
        assert server.log.count("no greeting within") == 3


@pytest.mark.slow  # wants a quiet machine: its endless queries must all run at once
def test_a_greedy_token_leaves_room_for_others(home: Home) -> None:
    greedy, _ = tokens.add(home, "甲", Role(ANALYST), 1)
    second, _ = tokens.add(home, "乙", Role(ANALYST), 1)
    modest, _ = tokens.add(home, "丙", Role(ANALYST), 1)
    limits = Limits(seconds=40.0, memory=512 * 2**20, threads=1)
    with Server(home, limits) as server, ExitStack() as stack:
        # Six queries without end of two tokens: the first may not have all of the six places.
        for text, count in ((greedy, 4), (second, 2)):
            for _ in range(count):
                client = Client()
                stack.callback(client.kill)
                client.attach(server.port, text)
                client.send(f"from r.query('{ENDLESS}')")
        time.sleep(1)
        with Client() as client, pytest.raises(Exception, match="Too many queries of this token"):
            client.attach(server.port, greedy)
        with Client() as client:
            began = time.monotonic()
            client.attach(server.port, modest)
            assert client.run("select count(*) from marts.dim_city") == [[1]]
            assert time.monotonic() - began < SOON
        assert server.process.poll() is None

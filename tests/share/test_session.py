"""A session's processes when queries of one reader come at the same moment."""

import asyncio
from pathlib import Path

from ordeals.share import publish_version
from skillsdw.home import Home
from skillsdw.share import tokens, wire
from skillsdw.share.gateway import Gateway
from skillsdw.share.roles import ANALYST, Role

GREETING = wire.Message(
    wire.CONNECTION_REQUEST,
    "",
    b"\x03\x00\x05\xff\xff\x01\x00\x01x\x02\x00\x06v1.5.5\x03\x00\x0blinux_amd64\x04\x00\x01\x05\x00\x01\xff\xff",
)
QUERY = wire.Message(wire.PREPARE_REQUEST, "", b"\x03\x00\x06\xff\xff\x01\x00\x01x\xff\xff")


def test_queries_at_the_same_moment_share_the_new_versions_process(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    publish_version(home, "20261101T000000-aaaaaaa")
    text, _ = tokens.add(home, "就业处", Role(ANALYST), 1)

    async def both() -> list[wire.Message]:
        gateway = Gateway(home, log=lambda _: None)
        greeted = wire.read(await gateway.answer(GREETING.with_text(text).encoded(), "127.0.0.1"))
        publish_version(home, "20261102T000000-bbbbbbb")
        query = QUERY.with_connection(greeted.connection).with_text("select max(name_zh) from marts.dim_city").encoded()
        answers = await asyncio.gather(*(gateway.answer(query, "127.0.0.1") for _ in range(3)))
        assert len(gateway.workers) == 2  # the old version's, until it has been quiet, and the new one's
        await gateway.close()
        assert not gateway.workers
        return [wire.read(answer) for answer in answers]

    for answer in asyncio.run(both()):
        assert answer.type == wire.PREPARE_RESPONSE
        assert b"20261102T000000-bbbbbbb" in answer.encoded()


def test_bytes_that_are_no_message_and_sessions_that_there_are_not_get_a_sentence(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    async def answers() -> list[str]:
        gateway = Gateway(home, log=lambda _: None)
        asked = [b"", QUERY.with_connection("A" * 32).encoded(), GREETING.with_text("gx_1_2").encoded()]
        return [wire.read(await gateway.answer(each, "127.0.0.1")).text for each in asked]

    found = asyncio.run(answers())
    for words, text in zip(("use the quack extension", "attach again", "token is not right"), found, strict=True):
        assert words in text


def test_a_file_of_tokens_that_others_may_read_lets_nobody_in_and_is_not_named(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    publish_version(home, "20261101T000000-aaaaaaa")
    text, _ = tokens.add(home, "就业处", Role(ANALYST), 1)
    home.tokens.chmod(0o644)

    async def answer() -> str:
        gateway = Gateway(home, log=lambda _: None)
        return wire.read(await gateway.answer(GREETING.with_text(text).encoded(), "127.0.0.1")).text

    said = asyncio.run(answer())
    assert "cannot check tokens" in said
    assert str(tmp_path) not in said

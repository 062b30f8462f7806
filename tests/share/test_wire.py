"""The part of quack's messages that the gateway reads, on bytes that the real client and server sent."""

import contextlib

import pytest

from skillsdw.share import wire

GREETING = (
    b"\x01\x00\x01\x03\x00\x05\xff\xff\x01\x00\x08abcd1234\x02\x00\x06v1.5.5\x03\x00\x0blinux_amd64"
    b"\x04\x00\x01\x05\x00\x01\xff\xff"
)
NAME = "9DD5A4D46B3EBFDF6F4EA353FA1AACB2"
QUERY = b"\x01\x00\x03\x02\x00 " + NAME.encode() + b"\x03\x00\x06\xff\xff\x01\x00\x10SELECT #1 FROM t\xff\xff"
FETCH = (
    b"\x01\x00\x07\x02\x00 " + NAME.encode() + b"\x03\x00\x06\xff\xff\x01\x00"
    b"\xd2\x86\x81\xb5\x84\xd6\xe9\xc4\xd1\x00\x9b\xde\xb7\xe7\xa4\x9f\x88\xe4\x8f\x01\xff\xff"
)
REFUSAL = b"\x01\x00d\x03\x00" + b"\xff" * 9 + b"\x01\xff\xff\x01\x00\x15Authentication failed\xff\xff"


@pytest.mark.parametrize("data", [GREETING, QUERY, FETCH, REFUSAL])
def test_a_message_is_written_as_it_was_read(data: bytes) -> None:
    assert wire.read(data).encoded() == data


def test_the_parts_are_told_apart() -> None:
    greeting, query, fetch = wire.read(GREETING), wire.read(QUERY), wire.read(FETCH)
    assert (greeting.type, greeting.connection, greeting.text) == (wire.CONNECTION_REQUEST, "", "abcd1234")
    assert (query.type, query.connection, query.text) == (wire.PREPARE_REQUEST, NAME, "SELECT #1 FROM t")
    assert fetch.type == wire.FETCH_REQUEST
    assert wire.result_mark(fetch) == b"\x05\x00" + FETCH[-22:]


def test_token_and_connection_are_replaced_and_nothing_else() -> None:
    changed = wire.read(GREETING).with_text("x" * 300)
    assert changed.text == "x" * 300
    assert changed.with_text("abcd1234").encoded() == GREETING
    assert wire.read(QUERY).with_connection("A").encoded() == QUERY.replace(b" " + NAME.encode(), b"\x01A")


def test_a_refusal_is_quacks_own() -> None:
    assert wire.error("Authentication failed") == REFUSAL
    assert wire.read(wire.error("令牌不正确")).text == "令牌不正确"


@pytest.mark.parametrize("cut", range(len(QUERY) - 2))
def test_no_beginning_of_a_message_passes_for_the_whole(cut: int) -> None:
    with contextlib.suppress(wire.Malformed):
        assert wire.read(QUERY[:cut]).text == ""


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\x00" + b"\xff" * 20, b"\x01\x00\x03\x02\x00\xff\x7f", b"GET /"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(wire.Malformed):
        wire.read(data)

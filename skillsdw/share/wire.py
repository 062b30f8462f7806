"""As much of quack's messages as a gateway has to read: header, the first text of a body, a result's number.

A message is DuckDB's binary serialization: fields by a two-byte number, integers as LEB128, `ff ff` ends an object. The
header holds type (1), connection (2, absent when empty) and the client's number of the query (3). Written against quack
of DuckDB 1.5.5; `tests/share` holds it against the real client and server.
"""

from dataclasses import dataclass

CONNECTION_REQUEST = 1
CONNECTION_RESPONSE = 2
PREPARE_REQUEST = 3
PREPARE_RESPONSE = 4
FETCH_REQUEST = 7
SUCCESS_RESPONSE = 10
DISCONNECT = 11
ERROR_RESPONSE = 100

_END = b"\xff\xff"
_NO_QUERY = b"\x03\x00" + b"\xff" * 9 + b"\x01"  # the number of no query: the largest of 64 bits
_LONGEST_NUMBER = 10  # bytes of a 64-bit integer in LEB128


class Malformed(Exception):
    """The bytes are no message of quack."""


@dataclass(frozen=True)
class Message:
    """A message in three parts: `rest` is all that follows the connection, header's end and body included."""

    type: int
    connection: str
    rest: bytes

    @property
    def body(self) -> bytes:
        """What follows the header."""
        at = 0
        if self.rest[:2] == b"\x03\x00":
            _, at = _number(self.rest, 2)
        if self.rest[at : at + 2] != _END:
            raise Malformed("header without end")
        return self.rest[at + 2 :]

    @property
    def text(self) -> str:
        """The body's first text: the token of a connection request, the SQL of a query, an error's message."""
        return self._first_text()[0]

    def with_text(self, text: str) -> "Message":
        """The same message with another first text in its body."""
        _, end = self._first_text()
        body = self.body
        head = self.rest[: len(self.rest) - len(body)]
        return Message(self.type, self.connection, head + b"\x01\x00" + _text(text) + body[end:])

    def with_connection(self, connection: str) -> "Message":
        """The same message under another connection."""
        return Message(self.type, connection, self.rest)

    def encoded(self) -> bytes:
        """The bytes as they travel."""
        connection = b"\x02\x00" + _text(self.connection) if self.connection else b""
        return b"\x01\x00" + _leb(self.type) + connection + self.rest

    def _first_text(self) -> tuple[str, int]:
        body = self.body
        if body[:2] != b"\x01\x00":
            return "", 0  # an empty text is left out
        length, start = _number(body, 2)
        if start + length > len(body):
            raise Malformed("text beyond the message")
        try:
            return body[start : start + length].decode(), start + length
        except UnicodeDecodeError as fault:
            raise Malformed("text is not UTF-8") from fault


def read(data: bytes) -> Message:
    """The message that the bytes hold; Malformed when they hold none."""
    if data[:2] != b"\x01\x00":
        raise Malformed("no message type")
    kind, at = _number(data, 2)
    connection = ""
    if data[at : at + 2] == b"\x02\x00":
        length, start = _number(data, at + 2)
        at = start + length
        try:
            connection = data[start:at].decode("ascii")
        except UnicodeDecodeError as fault:
            raise Malformed("connection is not ASCII") from fault
    message = Message(kind, connection, data[at:])
    _ = message.body
    return message


def error(text: str) -> bytes:
    """A refusal in words, which the client raises as its own error."""
    return Message(ERROR_RESPONSE, "", _NO_QUERY + _END + b"\x01\x00" + _text(text) + _END).encoded()


def success() -> bytes:
    """The answer to a farewell."""
    return Message(SUCCESS_RESPONSE, "", _NO_QUERY + _END + _END).encoded()


def result_mark(fetch: Message) -> bytes:
    """The bytes with which the answer to the query ended whose result `fetch` asks for."""
    body = fetch.body
    if body[:2] != b"\x01\x00" or body[-2:] != _END:
        raise Malformed("no number of a result")
    return b"\x05\x00" + body[2:-2] + _END


MARK_BYTES = 2 + 2 * _LONGEST_NUMBER + 2  # at most, of a result's mark


def _number(data: bytes, at: int) -> tuple[int, int]:
    """An integer in LEB128, and where it ends."""
    value = 0
    for count in range(_LONGEST_NUMBER):
        if at + count >= len(data):
            break
        byte = data[at + count]
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, at + count + 1
    raise Malformed("integer without end")


def _leb(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _text(text: str) -> bytes:
    data = text.encode()
    return _leb(len(data)) + data

"""Rounding that tells nothing: to tens with a secret start, and parts that add up to their whole.

A count x is told as 10 · floor((x + u) / 10), u from 0 to 9 and secret: whoever sees it knows x to nineteen values, to
ten where it is told as 0, and is right on average. u follows from the cell's name and a key of its own, so that a cell
is rounded alike in every version and for every reader, and no two cells tell of each other.

Among parts of one whole the largest is not rounded: it takes what the others leave. Nothing is told by that which the
whole and the others do not tell already.
"""

import hashlib
import hmac
from collections.abc import Mapping
from decimal import Decimal

TENS = 10
# Yuan. More than ten payments of any component: an amount tells no single one of them.
AMOUNT = 100_000

Name = tuple[object, ...]
Counts = dict[str, int]


class Rounding:
    """Rounds cells by their names; `secret` is known to nobody who reads the figures."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def tens(self, name: Name, count: int) -> int:
        """A count of persons, sessions or records, 0 or more, to tens."""
        return self._to(TENS, name, count)

    def amount(self, name: Name, yuan: Decimal) -> int:
        """An amount in yuan, of either sign, to hundreds of thousands."""
        return self._to(AMOUNT, ("yuan", *name), int(yuan // 1))

    def _to(self, base: int, name: Name, value: int) -> int:
        told = hmac.digest(self._secret, repr(name).encode(), hashlib.sha256)
        return base * ((value + int.from_bytes(told[:8]) % base) // base)


def parts(whole: int, rounded: Mapping[str, int]) -> Counts:
    """Rounded parts of a whole made to add up to it: the largest takes what the others leave."""
    if not rounded:
        return {}
    slack = max(rounded, key=lambda name: (rounded[name], name))
    found = dict(rounded)
    over = sum(count for name, count in found.items() if name != slack) - whole
    for name in sorted(found, key=lambda name: (-found[name], name)):
        if over > 0 and name != slack:
            less = min(over, found[name])
            found[name], over = found[name] - less, over - less
    found[slack] = whole - sum(count for name, count in found.items() if name != slack)
    return found


def table(
    rows: Mapping[str, int], states: Mapping[str, int], rounded: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], int]:
    """Rounded cells (row, state) made to add up to the `rows` and the `states`, whose sums are equal.

    The commonest state takes what the others leave of a row; of the others, the largest rows take what is over.
    """
    slack = max(states, key=lambda state: (states[state], state))
    room = dict(rows)
    found: dict[tuple[str, str], int] = {}
    largest_first = sorted(rows, key=lambda row: (-rows[row], row))
    for state in sorted(states):
        if state == slack:
            continue
        for row in rows:
            found[row, state] = min(rounded.get((row, state), 0), room[row])
            room[row] -= found[row, state]
        lack = states[state] - sum(found[row, state] for row in rows)
        for row in largest_first:
            more = min(lack, room[row]) if lack > 0 else -min(-lack, found[row, state])
            found[row, state] += more
            room[row] -= more
            lack -= more
    return found | {(row, slack): left for row, left in room.items()}

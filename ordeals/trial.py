"""What one thing that was tried came to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trial:
    """One promise, tried `times` times. `seen` says what happened, in numbers where there are some.

    `what` was tried and `promise` is what has to hold, each a short English sentence; `held` whether it did.
    """

    area: str
    what: str
    promise: str
    times: int
    seen: str
    held: bool

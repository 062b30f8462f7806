"""What a server does beside its pages, in a thread of its own: it closes what nobody asks any more.

Streamlit's own collection after every run is off (`.streamlit/config.toml`): it took twice the time of the page. But
a session that has ended holds an event loop with three open files until Python's collector finds it, and by itself
that looks at old objects seldom: 50 readers would come to a service's 1,024 files within minutes.
"""

import gc
import threading
import time
from functools import cache

from dashboards.warehouse import connections

CLOSES_EVERY = 10.0  # seconds
COLLECTS_EVERY = 30.0  # seconds; 0.06 s each, in which no page is made


@cache
def begin() -> None:
    """Once a process, however many pages ask."""
    threading.Thread(target=_keep, daemon=True, name="housekeeping").start()


def _keep() -> None:
    collected = time.monotonic()
    while True:
        time.sleep(CLOSES_EVERY)
        connections.close_idle()
        if time.monotonic() - collected >= COLLECTS_EVERY:
            gc.collect()
            collected = time.monotonic()

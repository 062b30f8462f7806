"""A real build killed at random moments: what was published is still served, and the next build succeeds.

`SKILLSDW_KILLS` sets how often (default 2; the closing notes say 10).
"""

import os
import random
import signal
import subprocess
import sys
import time

from test_publish import served

from skillsdw.build import build
from skillsdw.home import Home
from skillsdw.landing import land
from skillsdw.sample import write_sample


def silent(_message: str) -> None:
    pass


def test_a_killed_build_leaves_the_published_version_and_the_next_build_succeeds(tmp_path):
    home = Home(tmp_path / "home")
    write_sample(home.landing, 2000, progress=silent)
    land(home, None, None, progress=silent)
    began = time.monotonic()
    before = build(home, progress=silent)
    length = time.monotonic() - began
    assert before.state == "published"
    for seed in range(int(os.environ.get("SKILLSDW_KILLS", "2"))):
        running = subprocess.Popen(
            [sys.executable, "-m", "skillsdw", "build", "--home", str(home.root)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(random.Random(seed).uniform(0.05, 0.9) * length)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        assert served(home) is not None
    after = build(home, progress=silent)
    assert after.state == "published"
    assert served(home) == after.build_id

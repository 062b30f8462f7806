"""The compiled project, made once for all modules and workers: a dbt parse is the dearest part of these tests."""

import fcntl
import os
import pickle

import pytest
from compiled_project import Compiled


@pytest.fixture(scope="session")
def compiled(tmp_path_factory) -> Compiled:
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "compiled"
    folder.mkdir(exist_ok=True)
    kept = folder / "compiled.pickle"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(pickle.dumps(Compiled(folder)))
    return pickle.loads(kept.read_bytes())

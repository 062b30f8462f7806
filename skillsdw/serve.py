"""Serve the dashboard with Streamlit, on loopback unless told otherwise."""

import os
import socket
import sys
from pathlib import Path

from skillsdw.home import PROJECT, Home
from skillsdw.keys import without_key

APP = PROJECT / "dashboards" / "app.py"


def free_port(address: str, preferred: int) -> int:
    """The preferred port, or the next free one among the hundred after it; OSError when all are taken."""
    for port in range(preferred, preferred + 100):
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return port
    raise OSError(
        f"{address} 的 {preferred}–{preferred + 99} 端口都被占用,请用 --port 另选"
        f" / Ports {preferred}–{preferred + 99} of {address} are all in use: choose another with --port"
    )


def command(address: str, port: int) -> list[str]:
    """The Streamlit command line; usage statistics off, no browser opened."""
    return [
        *(sys.executable, "-m", "streamlit", "run", str(APP)),
        *("--server.address", address, "--server.port", str(port), "--server.headless", "true"),
        *("--browser.gatherUsageStats", "false"),
    ]


def serve(home: Home, address: str, port: int) -> None:
    """Become the dashboard's server: this process is replaced, so that a signal to it stops the server."""
    environment = without_key(os.environ) | {"SKILLSDW_HOME": str(home.root.resolve())}
    # Streamlit reads .streamlit/config.toml from the folder it is started in.
    os.chdir(_config_folder())
    os.execve(sys.executable, command(address, port), environment)


def _config_folder() -> Path:
    return APP.parent if (APP.parent / ".streamlit").is_dir() else PROJECT

"""Serve the dashboard with Streamlit, on loopback unless told otherwise."""

import os
import socket
import sys
from pathlib import Path

from skillsdw.access import grants
from skillsdw.home import PROJECT, Home
from skillsdw.keys import without_key
from skillsdw.provider import LOOPBACK, Provider, provider

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


class ServeFault(Exception):
    """The dashboard must not be served like this; `str()` is bilingual and says what to do."""


def checked(home: Home, address: str) -> Provider | None:
    """The provider by which readers sign in; None when there is none and the address is this machine's own.

    ServeFault for another address without a provider; ProviderFault, AccessFault when a file is faulty.
    """
    found = provider(home)
    if found is None and address not in LOOPBACK:
        raise ServeFault(
            f"未配置统一登录,只能供本机访问(地址 127.0.0.1),不能用 {address};配置方法见 docs/access.md / "
            f"No sign-in is configured, so only this machine may be served (127.0.0.1), not {address}: "
            "docs/access.md says how to configure one"
        )
    grants(home)
    return found


def command(home: Home, address: str, port: int, found: Provider | None) -> list[str]:
    """The Streamlit command line; usage statistics off, no browser opened."""
    # A page of another site whose name is turned to this machine's address would else be taken for our own.
    hosts = [*LOOPBACK, *([found.host, address] if found else [])]
    return [
        *(sys.executable, "-m", "streamlit", "run", str(APP)),
        *("--server.address", address, "--server.port", str(port), "--server.headless", "true"),
        *("--browser.gatherUsageStats", "false"),
        # No other secrets file of this machine is asked, also where the home has none.
        *("--secrets.files", str(home.secrets.absolute())),
        *(word for host in dict.fromkeys(hosts) for word in ("--server.allowedHosts", host)),
    ]


def serve(home: Home, address: str, port: int) -> None:
    """Become the dashboard's server: this process is replaced, so that a signal to it stops the server."""
    order = command(home, address, port, checked(home, address))
    environment = without_key(os.environ) | {"SKILLSDW_HOME": str(home.root.resolve())}
    # Streamlit reads .streamlit/config.toml from the folder it is started in.
    os.chdir(_config_folder())
    os.execve(sys.executable, order, environment)


def _config_folder() -> Path:
    return APP.parent if (APP.parent / ".streamlit").is_dir() else PROJECT

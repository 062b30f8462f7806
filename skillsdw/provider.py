"""The identity provider by which readers sign in (OpenID Connect): `secrets.toml` of the home, which Streamlit reads.

Without one the dashboard serves this machine only. What is checked here is checked before the server starts: a
provider that is half configured must not become a dashboard without a door.
"""

import os
import tomllib
from dataclasses import dataclass
from urllib.parse import urlsplit

from skillsdw.home import Home, private_fault

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LEAST_SECRET = 32  # characters of cookie_secret, which signs who the reader is
_CALLBACK = "/oauth2callback"  # Streamlit's
_NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")


class ProviderFault(Exception):
    """secrets.toml cannot be used as it is; `str()` is bilingual and says what to do. It never quotes a secret."""


@dataclass(frozen=True)
class Provider:
    """What the dashboard needs to know of the provider: by which name and scheme readers come."""

    redirect_uri: str

    @property
    def host(self) -> str:
        return urlsplit(self.redirect_uri).hostname or ""


def provider(home: Home) -> Provider | None:
    """The configured provider, None while there is no secrets.toml or no `[auth]` in it. ProviderFault when faulty."""
    file = home.secrets
    try:
        with file.open("rb") as handle:
            if fault := private_fault(file, os.fstat(handle.fileno())):
                raise ProviderFault(fault)
            found = tomllib.load(handle)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise ProviderFault(
            f"{file} 无法按 TOML 读取,请对照 docs/access.md 修改 / "
            f"{file} cannot be read as TOML: compare it with docs/access.md"
        ) from fault
    auth = found.get("auth")
    if auth is None:
        return None
    lacking = [name for name in _NEEDED if not (isinstance(auth, dict) and isinstance(auth.get(name), str))]
    if lacking:
        raise _fault(home, f"[auth] 缺少 {'、'.join(lacking)}", f"[auth] lacks {', '.join(lacking)}")
    if len(auth["cookie_secret"]) < LEAST_SECRET:
        raise _fault(
            home,
            f"cookie_secret 不足 {LEAST_SECRET} 个字符,请用 openssl rand -hex 32 生成",
            f"cookie_secret is shorter than {LEAST_SECRET} characters: make one with openssl rand -hex 32",
        )
    uri = urlsplit(auth["redirect_uri"])
    if uri.path.endswith(_CALLBACK) is False:
        raise _fault(home, f"redirect_uri 应以 {_CALLBACK} 结尾", f"redirect_uri must end with {_CALLBACK}")
    for name in ("redirect_uri", "server_metadata_url"):
        if (parts := urlsplit(auth[name])).scheme != "https" and parts.hostname not in LOOPBACK:
            raise _fault(home, f"{name} 应为 https 地址", f"{name} must be an https address")
    return Provider(auth["redirect_uri"])


def _fault(home: Home, zh: str, en: str) -> ProviderFault:
    return ProviderFault(f"{home.secrets}:{zh},仪表盘未启动 / {home.secrets}: {en}; the dashboard was not started")

"""Between machines TLS or nothing: a certificate authority made here, DuckDB's own client on the other side."""

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from ordeals.share import Client, Refused, Server, publish_version
from skillsdw.cli import app
from skillsdw.home import Home
from skillsdw.share import ShareError, tokens
from skillsdw.share.gateway import secured
from skillsdw.share.roles import ANALYST, Role


def write_certificate(folder: Path, name: str, signer: str | None = None, password: bytes | None = None) -> None:
    """Write `<name>.pem` and `<name>.key` for loopback, signed by `signer` or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, signer or name)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
    )
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    if signer:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signing = serialization.load_pem_private_key((folder / f"{signer}.key").read_bytes(), None) if signer else key
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    written = builder.sign(signing, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / f"{name}.pem").write_bytes(written)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    (folder / f"{name}.key").write_bytes(key.private_bytes(*form, locked))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("tls")
    write_certificate(found, "authority")
    write_certificate(found, "stranger")
    write_certificate(found, "server", "authority")
    write_certificate(found, "locked", "authority", b"password")
    return found


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[tuple[Server, str]]:
    home = Home(folder / "home")
    publish_version(home, "20261101T000000-aaaaaaa")
    text, _ = tokens.add(home, "就业处", Role(ANALYST), 1)
    with Server(home, certificate=folder / "server.pem", private_key=folder / "server.key") as server:
        yield server, text


def test_a_client_that_knows_the_authority_reads_through_tls(served: tuple[Server, str], folder: Path) -> None:
    server, text = served
    with Client((f"set ca_cert_file = '{folder}/authority.pem'",)) as client:
        client.attach(server.port, text, ", disable_ssl false", host="localhost")
        assert client.run("select count(*) from marts.dim_city") == [[1]]
        assert client.ask("from r.marts.dim_city") == [["000000", "20261101T000000-aaaaaaa"]]


def test_a_client_that_trusts_another_authority_sends_no_token(served: tuple[Server, str], folder: Path) -> None:
    server, text = served
    with (
        Client((f"set ca_cert_file = '{folder}/stranger.pem'",)) as client,
        pytest.raises(Refused, match="certificate"),
    ):
        client.attach(server.port, text, ", disable_ssl false", host="localhost")


def test_a_client_without_tls_gets_nothing(served: tuple[Server, str]) -> None:
    server, text = served
    with Client() as client, pytest.raises(Refused):
        client.attach(server.port, text, ", disable_ssl true")


def test_old_versions_of_tls_are_refused(folder: Path) -> None:
    context = secured("0.0.0.0", folder / "server.pem", folder / "server.key")
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.0.0.1", "warehouse.example"])
def test_without_tls_every_address_but_loopback_is_refused(address: str) -> None:
    with pytest.raises(ShareError, match="without TLS"):
        secured(address, None, None)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_tls(address: str) -> None:
    assert secured(address, None, None) is None


@pytest.mark.parametrize(
    ("certificate", "key"), [("server", "authority"), ("server", "locked"), ("locked", "locked"), ("absent", "absent")]
)
def test_unfit_files_are_refused_in_words(folder: Path, certificate: str, key: str) -> None:
    with pytest.raises(ShareError, match="cannot be used"):
        secured("0.0.0.0", folder / f"{certificate}.pem", folder / f"{key}.key")


def test_half_of_the_files_is_refused(folder: Path) -> None:
    with pytest.raises(ShareError, match="given together"):
        secured("0.0.0.0", folder / "server.pem", None)


def test_the_command_says_why_it_does_not_listen(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["share", "serve", "--address", "0.0.0.0", "--home", str(tmp_path)])
    assert isinstance(done.exception, ShareError)
    assert "in the clear" in str(done.exception)

"""What `JOBCAST_REDIS_URL` says: which server, as whom, and by which certificates."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from jobcast.errors import InvalidSettings

SENTINEL_PORT = 26379
SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")

_QUOTE = "In a password, write / # ? : @ as %2F %23 %3F %3A %40"
_TLS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_SENTINEL_LOGIN = ("sentinel_username", "sentinel_password")
# Others that redis-py would take, and that would leave nothing of TLS but its cost.
_UNCHECKED = ("ssl_cert_reqs", "ssl_check_hostname")


@dataclass(frozen=True, slots=True)
class SentinelAddress:
    """What a `redis+sentinel://` URL says."""

    sentinels: tuple[tuple[str, int], ...]
    service: str
    db: int = 0
    username: str | None = None
    password: str | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = None
    tls: bool = False
    tls_files: dict[str, str] = field(default_factory=dict)


def is_sentinel(url: str) -> bool:
    """Whether the URL names Sentinels, not the server itself."""
    return _scheme(url) in ("redis+sentinel", "rediss+sentinel")


def check_url(url: str) -> str:
    """The URL of a server itself, once it is sure that redis-py will understand all of it.

    A `rediss://` URL may name files, in PEM: `?ssl_ca_certs=` those who sign servers'
    certificates, beside the system's; `&ssl_certfile=` and `&ssl_keyfile=` this client's own.

    Raises:
        InvalidSettings: It cannot be understood. Its text is not shown: it may hold a password.
    """
    if _scheme(url) not in SCHEMES:
        raise _invalid(" must begin with " + ", ".join(f"{name}://" for name in SCHEMES))
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises as well
    except ValueError:
        raise _invalid(f": the port is not a number. {_QUOTE}") from None
    if parts.fragment:
        raise _invalid(f" has a #. {_QUOTE}")
    if parts.scheme != "unix" and not parts.hostname:
        raise _invalid(f" names no host. {_QUOTE}")
    db = parts.path.removeprefix("/")
    if parts.scheme != "unix" and db and not db.isdecimal():
        raise _invalid(f": write {parts.scheme}://host:port/db, where db is a number")
    known = ("db", *_TLS_FILES) if parts.scheme == "rediss" else ("db",)
    given = _parameters(parts.query, known)
    if not given.get("db", "0").isdecimal():
        raise _invalid(": db is not a number")
    _check_files(given)
    return url


def parse_sentinel_url(url: str) -> SentinelAddress:
    """Read `redis+sentinel://[[user]:password@]host[:port][,host[:port]…]/service[/db]`.

    User and password are for the data nodes. Those for the sentinels themselves are given as
    `?sentinel_username=…&sentinel_password=…`. With `rediss+sentinel://`, both speak TLS, by
    the files that `check_url` names.

    Raises:
        InvalidSettings: No service is named, a port or the db is not a number, or a file cannot
            be used.
    """
    scheme, _, rest = url.partition("://")
    rest, _, query = rest.partition("?")
    authority, _, path = rest.partition("/")
    credentials, _, hosts = authority.rpartition("@")
    username, _, password = credentials.partition(":")
    service, _, db = path.partition("/")
    tls = scheme == "rediss+sentinel"
    if not service or not hosts:
        raise _invalid(": write redis+sentinel://host:port,host:port/service/db")
    given = _parameters(query, (*_SENTINEL_LOGIN, *_TLS_FILES) if tls else _SENTINEL_LOGIN)
    _check_files(given)
    try:
        return SentinelAddress(
            sentinels=tuple(_host_and_port(host) for host in hosts.split(",")),
            service=unquote(service),
            db=int(db or 0),
            username=unquote(username) or None,
            password=unquote(password) or None,
            sentinel_username=given.get("sentinel_username"),
            sentinel_password=given.get("sentinel_password"),
            tls=tls,
            tls_files={name: path for name, path in given.items() if name in _TLS_FILES},
        )
    except ValueError:
        raise _invalid(": a sentinel's port, or the db, is not a number") from None


def _host_and_port(text: str) -> tuple[str, int]:
    if text.startswith("["):  # an IPv6 address
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = text.partition(":")
    if not host:
        raise ValueError("a host is missing")
    return host, int(port or SENTINEL_PORT)


def _parameters(query: str, known: tuple[str, ...]) -> dict[str, str]:
    """What follows the `?`; only `known` names, each with a value."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    if any(name in given for name in _UNCHECKED):
        raise _invalid(
            ": certificates are always checked, and so is the host's name. Trust a certificate of "
            "your own with ?ssl_ca_certs=/path/of/its/ca.pem"
        )
    if any(name in given and name not in known for name in _TLS_FILES):
        raise _invalid(": certificates need TLS: write rediss:// or rediss+sentinel://")
    if not all(name in known for name in given):
        # The name is not shown: it may be the end of a password.
        names = ", ".join(known)
        raise _invalid(f": after the ?, only {names} may follow. {_QUOTE}")
    if "" in given.values():
        raise _invalid(": a parameter after the ? has no value")
    return given


def _check_files(given: dict[str, str]) -> None:
    """Read the files now: at the first connection, a mistake would look like an outage."""
    authorities, certificate = given.get("ssl_ca_certs"), given.get("ssl_certfile")
    key = given.get("ssl_keyfile")
    if key and not certificate:
        raise _invalid(": ssl_keyfile needs ssl_certfile beside it")
    for name in _TLS_FILES:
        if name in given and not Path(given[name]).is_file():
            raise _invalid(f": {name}: there is no file {given[name]}")
    try:
        if authorities:
            ssl.create_default_context(cafile=authorities)
    except OSError as exc:
        raise _invalid(f": ssl_ca_certs: no certificates in {authorities}: {exc}") from None
    try:
        if certificate:
            # A password, so that OpenSSL does not ask the terminal for one.
            ssl.create_default_context().load_cert_chain(certificate, key, password=b"-")
    except OSError as exc:
        raise _invalid(
            f": ssl_certfile, ssl_keyfile: {certificate} and {key or 'the same'} are not a "
            f"certificate and its key, without a password: {exc}"
        ) from None


def _scheme(url: str) -> str:
    scheme, separator, _ = url.partition("://")
    return scheme if separator else ""


def _invalid(what: str) -> InvalidSettings:
    return InvalidSettings([f"JOBCAST_REDIS_URL{what}"])

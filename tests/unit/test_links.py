"""Links to files: signed, expiring, and safe to hand to a browser."""

from __future__ import annotations

from datetime import timedelta
from email.message import Message
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.files.errors import InvalidLink, LinkExpired
from tasks.files.links import LinkSigner
from tasks.files.names import LONGEST_NAME, clean_content_type, clean_name, content_disposition

FILE = "file_0123456789abcdef0123456789abcdef"
OTHER = "file_ffffffffffffffffffffffffffffffff"
HOUR = timedelta(hours=1)


class Clock:
    now = 1_700_000_000.25

    def __call__(self) -> float:
        return self.now


def signer(clock: Clock | None = None, secret: bytes = b"k" * 32) -> LinkSigner:
    return LinkSigner(secret, clock=clock or Clock())


def parts(link: str) -> tuple[str, str, str]:
    url = urlsplit(link)
    query = parse_qs(url.query, strict_parsing=True)
    return url.path.rpartition("/")[2], query["expires"][0], query["signature"][0]


def test_signed_link_is_accepted_until_it_expires() -> None:
    clock = Clock()
    link = parts(signer(clock).sign(FILE, HOUR))

    signer(clock).verify(*link)
    clock.now += 3600
    signer(clock).verify(*link)
    clock.now += 1
    with pytest.raises(LinkExpired):
        signer(clock).verify(*link)


def test_link_begins_with_the_public_address() -> None:
    links = LinkSigner(b"k" * 32, base_url="https://jobs.example.org/", path="/f")

    assert links.sign(FILE, HOUR).startswith(f"https://jobs.example.org/f/{FILE}?expires=")


def test_link_works_for_its_own_file_only() -> None:
    _, expires, signature = parts(signer().sign(FILE, HOUR))

    with pytest.raises(InvalidLink):
        signer().verify(OTHER, expires, signature)


def test_link_cannot_be_prolonged() -> None:
    file_id, expires, signature = parts(signer().sign(FILE, HOUR))

    with pytest.raises(InvalidLink):
        signer().verify(file_id, str(int(expires) + 1), signature)


def test_link_of_another_key_is_refused() -> None:
    with pytest.raises(InvalidLink):
        signer().verify(*parts(signer(secret=b"x" * 32).sign(FILE, HOUR)))


def test_changed_link_is_invalid_rather_than_expired() -> None:
    file_id, _, signature = parts(signer().sign(FILE, HOUR))

    with pytest.raises(InvalidLink) as caught:
        signer().verify(file_id, "1", signature)

    assert not isinstance(caught.value, LinkExpired)


@given(st.text(), st.text(), st.text())
def test_no_made_up_link_is_accepted(file_id: str, expires: str, signature: str) -> None:
    with pytest.raises(InvalidLink):
        signer().verify(file_id, expires, signature)


def test_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        LinkSigner(b"short")


@given(st.text())
def test_clean_name_is_a_plain_file_name(name: str) -> None:
    cleaned = clean_name(name)

    assert cleaned
    assert cleaned not in {".", ".."}
    assert len(cleaned.encode()) <= LONGEST_NAME
    assert not set(cleaned) & set('/\\:*?"<>|\r\n\0')
    assert clean_name(cleaned) == cleaned


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("film.mp4", "film.mp4"),
        ("C:\\Films\\my film.mp4", "my film.mp4"),
        ("../../etc/passwd", "passwd"),
        ("..", "file"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("ä" * 300 + ".jpeg", "ä" * 125 + ".jpeg"),
    ],
)
def test_clean_name_keeps_what_people_recognise(given_name: str, expected: str) -> None:
    assert clean_name(given_name) == expected


@given(st.text())
def test_content_disposition_gives_browsers_the_name(name: str) -> None:
    value = content_disposition(name)

    assert value.isascii()
    assert value.isprintable()
    message = Message()
    message["Content-Disposition"] = value
    assert message.get_content_disposition() == "attachment"
    assert value.count('"') == 2


@pytest.mark.parametrize(
    ("given_type", "expected"),
    [
        ("Video/MP4", "video/mp4"),
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("text/html\r\nSet-Cookie: a=b", "application/octet-stream"),
        ("html", "application/octet-stream"),
    ],
)
def test_content_type_is_one_or_unknown(given_type: str, expected: str) -> None:
    assert clean_content_type(given_type) == expected

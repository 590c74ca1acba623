"""Signatures, against those of the carrier's own library (twilio 9.13.0, RequestValidator, token 12345)."""

from __future__ import annotations

import hmac
from hashlib import sha256

import pytest

from nightbell.line.media_stream.signature import is_signed, sign

TOKEN = "12345"
HTTPS = "https://"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675310"),
    ("Digits", "1234"),
    ("From", "+14158675310"),
    ("To", "+18005551212"),
]
ODD = [("To", "+442079460142"), ("From", "+447700900123"), ("CallerName", "Zoë & Co"), ("Empty", "")]
TWICE = [("A", "1"), ("A", "2"), ("A", "1")]
THEIRS = [
    ("https://example.com/app?foo=1&bar=2", FORM, "8p2uqu1Y+ImdR9DLG57BRQenhno="),
    ("https://line.example.org/twilio/voice", ODD, "JNJGOJdvy2NsSt2J1G8k+Ejz418="),
    ("https://line.example.org:8443/twilio/voice", TWICE, "YHcJ7505QeSz0/ki17UODalhzkw="),
    ("wss://line.example.org/twilio/stream", [], "3x3mWMXYsCZeOpOZz87t2PAABvk="),
]  # fmt: skip
BODY = b'{"x":1}'
JSON_URL = f"https://line.example.org/twilio/status?bodySHA256={sha256(BODY).hexdigest()}"
JSON_SIGNED = "dK5Oz16PldE4Z0e+GtmlgxIwFo8="


@pytest.mark.parametrize(("url", "form", "theirs"), THEIRS)
def test_it_is_the_carriers_own(url: str, form: list[tuple[str, str]], theirs: str) -> None:
    assert sign(TOKEN, url, form) == theirs
    assert is_signed(TOKEN, theirs, url, form=form)


@pytest.mark.parametrize("signed_at", ["https://line.example.org/a", "https://line.example.org:443/a"])
@pytest.mark.parametrize("known_as", ["https://line.example.org/a", "https://line.example.org:443/a"])
def test_the_usual_port_may_be_there_or_not(signed_at: str, known_as: str) -> None:
    assert is_signed(TOKEN, sign(TOKEN, signed_at), known_as)


@pytest.mark.parametrize("known_as", [HTTPS + "Line.Example.org/a", HTTPS + "Line.Example.org:443/a"])
def test_capitals_in_the_address_are_signed_as_they_stand_in_the_settings(known_as: str) -> None:
    assert is_signed(TOKEN, sign(TOKEN, HTTPS + "Line.Example.org/a"), known_as)
    assert is_signed(TOKEN, sign(TOKEN, HTTPS + "Line.Example.org:443/a"), known_as)


def test_an_address_that_is_no_text_is_signed_by_nobody() -> None:
    odd = "https://line.example.org/a?\udcff"
    assert not is_signed(TOKEN, "AAAA", odd)
    assert not is_signed(TOKEN, "AAAA", odd, body=b"x")
    assert not is_signed(TOKEN, "AAAA", HTTPS + "line.example.orghttp:" + "//x:999999/a")


def test_a_body_that_is_no_form_is_told_by_its_hash() -> None:
    assert is_signed(TOKEN, JSON_SIGNED, JSON_URL, body=BODY)
    assert not is_signed(TOKEN, JSON_SIGNED, JSON_URL, body=BODY + b" ")
    bare = "https://line.example.org/twilio/status"
    assert not is_signed(TOKEN, sign(TOKEN, bare), bare, body=BODY)


@pytest.mark.parametrize(
    ("token", "signature", "url", "form"),
    [
        (TOKEN, "", THEIRS[0][0], FORM),
        (TOKEN, THEIRS[0][2][:-2] + "d=", THEIRS[0][0], FORM),
        (TOKEN, "ü" * 28, THEIRS[0][0], FORM),
        (TOKEN, "\ud800" * 28, THEIRS[0][0], FORM),
        (TOKEN, THEIRS[0][2] * 100, THEIRS[0][0], FORM),
        ("12346", THEIRS[0][2], THEIRS[0][0], FORM),
        (TOKEN, THEIRS[0][2], THEIRS[0][0] + "&baz=3", FORM),
        (TOKEN, THEIRS[0][2], THEIRS[0][0], [*FORM, ("To", "+1")]),
        ("", sign("", THEIRS[0][0], FORM), THEIRS[0][0], FORM),
    ],
)
def test_anything_else_is_not(token: str, signature: str, url: str, form: list[tuple[str, str]]) -> None:
    assert not is_signed(token, signature, url, form=form)


def test_a_wrong_signature_is_compared_as_often_as_a_right_one_and_never_letter_by_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, form, right = THEIRS[0]
    whole, asked = hmac.compare_digest, list[int]()

    def counted(one: bytes, other: bytes) -> bool:
        asked.append(len(one))
        return whole(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counted)
    found = []
    for token, shown in ((TOKEN, right), (TOKEN, ""), (TOKEN, right[:-2] + "d="), (TOKEN, "x" * 500), ("", right)):
        asked.clear()
        is_signed(token, shown, url, form=form)
        found.append(list(asked))
    assert found == [[28, 28]] * len(found)
    for body in (BODY, b"another"):
        asked.clear()
        is_signed(TOKEN, JSON_SIGNED, JSON_URL, body=body)
        assert asked == [64, 28, 28]

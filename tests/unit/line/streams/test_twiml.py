"""TwiML: what is in it is words, never markup; its shapes are those of the carrier's library (twilio 9.13.0)."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from nightbell.line.media_stream.twiml import Verb, connect, hang_up, reject, response

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def test_the_shapes_are_the_carriers_own() -> None:
    theirs = (
        '<Response><Connect><Stream url="wss://example.org/s" /></Connect>'
        '<Redirect method="POST">https://example.org/a</Redirect></Response>'
    )
    assert connect("wss://example.org/s", "https://example.org/a") == HEAD + theirs
    assert hang_up() == HEAD + "<Response><Hangup /></Response>"
    assert reject() == HEAD + "<Response><Reject /></Response>"


@pytest.mark.parametrize(
    "name", ['"><Dial>+15550100</Dial><x a="', "]]>", "&lt;&amp;", "a\x00b\x0bc\ud800d\ufffee", "Zoë <3", "\n\t "]
)
def test_whatever_stands_in_it_is_no_markup(name: str) -> None:
    text = response(Verb(name="Say", text=name, attributes=(("voice", name),)))
    (say,) = fromstring(text.encode())
    assert (say.tag, list(say)) == ("Say", [])
    clean = "".join(one for one in name if one in "\n\t" or (ord(one) >= 32 and one not in "\ud800\ufffe"))
    assert say.text == (clean or None)

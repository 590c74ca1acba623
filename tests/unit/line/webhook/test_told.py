"""What a carrier of ours obeys: TwiML as its documents have it, and nothing else."""

from __future__ import annotations

import pytest

from nightbell.errors import LineFailed
from nightbell.line.media_stream.twiml import hang_up, reject
from nightbell.line.webhook.reply import Places, Reply, Sound, twiml
from nightbell.line.webhook.told import Gather, HangUp, Join, Record, Redirect, Reject, told

HERE = "https://line.example.org/twilio"
PLACES = Places(
    next=f"{HERE}/call/next/3-1",
    sound=f"{HERE}/sound/c/4/0/9/x",
    said=f"{HERE}/call/said/3-1",
    recorded=f"{HERE}/call/recorded/c/9",
)
REDIRECT = f'<Redirect method="POST">{PLACES.next}</Redirect>'


def test_what_the_line_answers_is_read_as_it_was_meant() -> None:
    sound = Sound(call="c", number=4)
    words = Reply(at=3, take="words", sound=sound, wait_s=4, pause_s=1, cut_by_words=True, language="en-GB")
    gather = told(twiml(words, PLACES))
    assert gather == Gather(
        next=PLACES.next,
        play=PLACES.sound,
        hears_words=True,
        cut_by_words=True,
        finish_on="",
        most_keys=1,
        wait_ms=4_000,
        pause_ms=1_000,
        most_ms=10_000,
        said=PLACES.said,
    )
    keys = told(twiml(Reply(at=3, take="entry", wait_s=3), PLACES))
    assert isinstance(keys, Gather)
    assert (keys.hears_words, keys.finish_on, keys.most_keys, keys.play) == (False, "#", 1000, "")
    last = told(twiml(Reply(at=3, take="keys", sound=Sound(call="c", number=0, words="Hang up.")), PLACES))
    assert isinstance(last, Gather)
    assert last.say == "Hang up."
    message = told(twiml(Reply(at=3, take="message", wait_s=3, most_s=90), PLACES))
    assert message == Record(
        next=PLACES.next, finish_on="059*#", silence_ms=3_000, most_ms=90_000, recorded=PLACES.recorded
    )
    assert told(twiml(Reply(at=3, take="join", room="r"), PLACES)) == Join(next=PLACES.next, room="r")
    assert told(hang_up()) == HangUp()
    assert told(reject()) == Reject()
    assert told(f"<Response>{REDIRECT}</Response>") == Redirect(next=PLACES.next)


GATHER = f'input="dtmf" action="{PLACES.next}" timeout="1"'


def test_what_is_left_out_is_what_the_carriers_documents_say_it_is() -> None:
    keys = told(f'<Response><Gather action="{PLACES.next}" timeout="1"/>{REDIRECT}</Response>')
    assert isinstance(keys, Gather)
    assert (keys.hears_words, keys.finish_on, keys.most_keys, keys.cut_by_words) == (False, "#", 1000, True)
    message = told(f'<Response><Record action="{PLACES.next}" timeout="3"/>{REDIRECT}</Response>')
    assert message == Record(
        next=PLACES.next, finish_on="0123456789*#", silence_ms=3_000, most_ms=3_600_000, recorded=""
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no XML"),
        ("<Response/>", "no Response"),
        ("<Answer><Hangup/></Answer>", "no Response"),
        ("<Response><Sing/></Response>", "a verb Sing"),
        (f"<Response><Play>{PLACES.sound}</Play></Response>", "nobody would hear"),
        (f"<Response><Gather {GATHER}/></Response>", "nothing follows"),
        (f'<Response><Gather {GATHER} barge="true"/>{REDIRECT}</Response>', "barge"),
        (f'<Response><Gather {GATHER} numDigits="0"/>{REDIRECT}</Response>', "numDigits"),
        (f'<Response><Gather input="dtmf" action="{PLACES.next}"/>{REDIRECT}</Response>', "without timeout"),
        (f"<Response><Gather {GATHER.replace('dtmf', 'speech')}/>{REDIRECT}</Response>", "nothing ends"),
        (f"<Response><Gather {GATHER.replace('https', 'http')}/>{REDIRECT}</Response>", "action"),
        (f"<Response><Gather {GATHER}><Dial/></Gather>{REDIRECT}</Response>", "Dial inside Gather"),
        (f"<Response><Gather {GATHER}><Play>x</Play></Gather>{REDIRECT}</Response>", "without an address"),
        (f'<Response><Dial action="{PLACES.next}"><Number>+44</Number></Dial>{REDIRECT}</Response>', "Number"),
    ],
)
def test_what_no_carrier_obeys_is_a_fault_of_the_line(text: str, why: str) -> None:
    with pytest.raises(LineFailed, match=why):
        told(text)

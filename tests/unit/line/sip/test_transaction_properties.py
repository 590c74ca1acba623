"""Whatever comes in whatever order, at whatever time: what must hold of every history of transactions."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.line.sip.transacting import Bench, incoming

from nightbell.line.sip.message.model import Request
from nightbell.line.sip.transaction.outputs import (
    Acknowledged,
    Cancelled,
    Ended,
    Key,
    Received,
    TimedOut,
    Transmit,
    Unacknowledged,
)

BRANCHES = ("z9hG4bKa", "z9hG4bKb", "1")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("receive", "respond", "begin", "response", "wait")),
        st.sampled_from(("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS")),
        st.sampled_from(BRANCHES),
        st.sampled_from((100, 180, 200, 200, 404, 487)),
        st.sampled_from((0.0, 0.1, 0.5, 3.0, 31.9, 40.0)),
        st.booleans(),
    ),
    max_size=25,
)
FOREVER_S = 5_000.0


def play(steps: list[tuple[str, str, str, int, float, bool]]) -> Bench:
    bench = Bench()
    taken: dict[str, tuple[Key, Request]] = {}
    placed: dict[str, Request] = {}
    for what, method, branch, status, seconds, tagged in steps:
        to_tag = "ours" if tagged or method in {"ACK", "BYE"} else ""
        message = incoming(method, branch, to_tag=to_tag)
        if what == "receive":
            for output in bench.receive(message):
                if isinstance(output, Received):
                    taken[branch] = (output.key, output.request)
        elif what == "respond" and branch in taken:
            key, request = taken[branch]
            bench.respond(key, bench.answer(request, status))
        elif what == "begin" and branch not in placed and branch != "1" and method not in {"ACK", "CANCEL"}:
            placed[branch] = incoming(method, branch + "ours")
            bench.begin(placed[branch])
        elif what == "response" and branch in placed:
            bench.response(placed[branch], status)
        elif what == "wait":
            bench.until(bench.now + seconds)
    return bench


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_nothing_is_held_for_ever(steps: list[tuple[str, str, str, int, float, bool]]) -> None:
    bench = play(steps)
    bench.until(bench.now + FOREVER_S)
    assert len(bench.layer) == 0
    assert bench.layer.next_due is None
    assert not bench.layer.expects("192.0.2.1")
    assert not any(bench.layer.serves(branch) for branch in BRANCHES)


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_a_request_is_handed_up_once_while_its_transaction_lives(
    steps: list[tuple[str, str, str, int, float, bool]],
) -> None:
    alive: Counter[Key] = Counter()
    for _, output in play(steps).log:
        if isinstance(output, Received):
            alive[output.key] += 1
            assert alive[output.key] == 1
        elif isinstance(output, Ended):
            alive[output.key] = 0


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_a_call_is_told_only_one_end_of_each_kind(steps: list[tuple[str, str, str, int, float, bool]]) -> None:
    bench = play(steps)
    bench.until(bench.now + FOREVER_S)
    told: Counter[object] = Counter()
    acknowledged = 0
    for _, output in bench.log:
        if isinstance(output, Cancelled | Unacknowledged | TimedOut):
            told[output] += 1
        elif isinstance(output, Received | Ended):
            for kind in (Cancelled, Unacknowledged, TimedOut):
                told[kind(output.key)] = 0 if isinstance(output, Received) else told[kind(output.key)]
        elif isinstance(output, Acknowledged):
            acknowledged += 1
    assert not told or max(told.values()) <= 1
    answered = sum(isinstance(o, Transmit) and o.data.startswith(b"SIP/2.0 200") for _, o in bench.log)
    assert acknowledged <= answered


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_a_final_answer_never_changes(steps: list[tuple[str, str, str, int, float, bool]]) -> None:
    bench = play(steps)
    bench.until(bench.now + FOREVER_S)
    finals: dict[bytes, bytes] = {}
    epoch = 0  # what comes after a transaction began or ended may be another one with the same name
    for _, output in bench.log:
        if isinstance(output, Received | Ended):
            epoch += 1
        if isinstance(output, Transmit) and output.data.startswith(b"SIP/2.0 ") and output.data[8:9] != b"1":
            via = output.data.split(b"Via: ")[1].split(b";rport")[0]
            method = output.data.split(b"CSeq: ")[1].split(b"\r\n")[0]
            name = via + method + str(epoch).encode()
            assert finals.setdefault(name, output.data) == output.data

from __future__ import annotations

import pytest
from tests.unit.line.sip.transacting import TCP, UDP, Bench, incoming, statuses

from nightbell.line.sip.peer import Peer
from nightbell.line.sip.transaction.layer import Layer
from nightbell.line.sip.transaction.outputs import (
    Acknowledged,
    Answered,
    Cancelled,
    Ended,
    Received,
    TimedOut,
    Transmit,
    Unacknowledged,
)


def test_a_retransmitted_invite_is_one_call_and_hears_the_last_answer_again() -> None:
    bench = Bench()
    invite = incoming()
    key = bench.invited(invite)
    assert bench.receive(invite) == []
    bench.respond(key, bench.answer(invite, 180))
    assert statuses(bench.receive(invite)) == ["SIP/2.0 180 Ringing"]
    bench.respond(key, bench.answer(invite, 486))
    assert statuses(bench.receive(invite)) == ["SIP/2.0 486 Busy Here"]
    assert sum(isinstance(output, Received) for _, output in bench.log) == 1


def test_a_refusal_is_repeated_by_timer_g_until_its_ack() -> None:
    bench = Bench()
    invite = incoming()
    bench.respond(bench.invited(invite), bench.answer(invite, 486))
    assert bench.sent(bench.until(8)) == [0.5, 1.5, 3.5, 7.5]
    assert bench.receive(incoming("ACK", to_tag="ours")) == []
    assert bench.sent(bench.until(60)) == []
    assert len(bench.layer) == 0


def test_a_refusal_that_nobody_acknowledges_is_given_up_after_timer_h() -> None:
    bench = Bench()
    invite = incoming()
    key = bench.invited(invite)
    bench.respond(key, bench.answer(invite, 486))
    entries = bench.until(100)
    assert (32.0, Unacknowledged(key)) in entries
    assert (32.0, Ended(key)) in entries
    assert len(bench.layer) == 0


def test_a_refusal_over_tcp_is_sent_once() -> None:
    bench = Bench(TCP)
    invite = incoming()
    bench.respond(bench.invited(invite), bench.answer(invite, 486))
    assert bench.sent(bench.until(31)) == []


@pytest.mark.parametrize("peer", [UDP, TCP])
def test_a_200_is_repeated_until_its_ack_over_any_transport(peer: Peer) -> None:
    bench = Bench(peer)
    invite = incoming()
    bench.respond(bench.invited(invite), bench.answer(invite, 200))
    assert bench.sent(bench.until(12)) == [0.5, 1.5, 3.5, 7.5, 11.5]
    ack = incoming("ACK", "z9hG4bKother", to_tag="ours")
    assert bench.receive(ack) == [Acknowledged(ack, peer)]
    assert bench.receive(ack) == []
    assert bench.sent(bench.until(100)) == []
    assert len(bench.layer) == 0


def test_a_200_without_ack_is_told_after_64_t1() -> None:
    bench = Bench()
    invite = incoming()
    key = bench.invited(invite)
    bench.respond(key, bench.answer(invite, 200))
    entries = bench.until(100)
    assert [when for when, output in entries if output == Unacknowledged(key)] == [32.0]
    assert len(bench.layer) == 0


def test_an_invite_that_comes_again_after_the_200_opens_no_second_call() -> None:
    bench = Bench()
    invite = incoming()
    bench.respond(bench.invited(invite), bench.answer(invite, 200))
    bench.until(20)
    assert bench.receive(invite) == []


def test_a_retransmitted_bye_gets_its_200_again_for_timer_j() -> None:
    bench = Bench()
    bye = incoming("BYE", to_tag="ours")
    bench.respond(bench.invited(bye), bench.answer(bye, 200))
    bench.until(31)
    assert statuses(bench.receive(bye)) == ["SIP/2.0 200 OK"]
    bench.until(33)
    assert len(bench.layer) == 0
    assert isinstance(bench.receive(bye)[0], Received)


def test_a_cancel_before_the_answer_is_200_and_told_once() -> None:
    bench = Bench()
    invite = incoming()
    key = bench.invited(invite)
    outputs = bench.receive(incoming("CANCEL"))
    assert statuses(outputs) == ["SIP/2.0 200 OK"]
    assert outputs[-1] == Cancelled(key)
    assert Cancelled(key) not in bench.receive(incoming("CANCEL"))


@pytest.mark.parametrize("status", [200, 486])
def test_a_cancel_that_crosses_the_answer_changes_nothing(status: int) -> None:
    bench = Bench()
    invite = incoming()
    key = bench.invited(invite)
    bench.respond(key, bench.answer(invite, status))
    outputs = bench.receive(incoming("CANCEL"))
    assert statuses(outputs) == ["SIP/2.0 200 OK"]
    assert Cancelled(key) not in outputs
    assert bench.respond(key, bench.answer(invite, 487)) == []


def test_a_cancel_of_nothing_is_481() -> None:
    assert statuses(Bench().receive(incoming("CANCEL"))) == ["SIP/2.0 481 Call/Transaction Does Not Exist"]


def test_the_same_request_on_another_way_is_482() -> None:
    bench = Bench()
    bench.invited(incoming())
    assert statuses(bench.receive(incoming(branch="z9hG4bKb"))) == ["SIP/2.0 482 Loop Detected"]
    assert isinstance(bench.receive(incoming(branch="z9hG4bKc", cseq=2))[0], Received)
    assert isinstance(bench.receive(incoming("INVITE", "z9hG4bKd", to_tag="ours"))[0], Received)


def test_an_invite_of_ours_is_repeated_by_timer_a_until_anything_comes() -> None:
    bench = Bench()
    invite = incoming()
    bench.begin(invite)
    assert bench.sent(bench.until(4)) == [0.5, 1.5, 3.5]
    bench.response(invite, 100)
    assert bench.sent(bench.until(200)) == []


def test_an_invite_of_ours_without_any_answer_ends_by_timer_b() -> None:
    bench = Bench()
    key = bench.begin(incoming())
    entries = bench.until(100)
    assert bench.sent(entries) == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert (32.0, TimedOut(key)) in entries
    assert len(bench.layer) == 0


def test_a_refusal_of_ours_is_acknowledged_each_time_it_comes() -> None:
    bench = Bench()
    invite = incoming()
    key = bench.begin(invite)
    outputs = bench.response(invite, 486)
    assert statuses(outputs) == ["ACK sip:line@192.0.2.2 SIP/2.0"]
    assert isinstance(outputs[1], Answered)
    assert outputs[1].key == key
    assert statuses(bench.response(invite, 486)) == ["ACK sip:line@192.0.2.2 SIP/2.0"]
    assert sum(isinstance(output, Answered) for _, output in bench.log) == 1
    assert b"branch=z9hG4bKa" in bench.log[-1][1].data if isinstance(bench.log[-1][1], Transmit) else False


def test_every_200_to_an_invite_of_ours_is_told_for_timer_m() -> None:
    bench = Bench()
    invite = incoming()
    bench.begin(invite)
    for _ in range(3):
        assert isinstance(bench.response(invite, 200)[0], Answered)
    assert isinstance(bench.response(invite, 200, tag="another")[0], Answered)
    bench.until(40)
    assert bench.response(invite, 200) == []
    assert len(bench.layer) == 0


def test_a_bye_of_ours_is_repeated_by_timer_e_and_ends_by_timer_f() -> None:
    bench = Bench()
    key = bench.begin(incoming("BYE", to_tag="theirs"))
    entries = bench.until(100)
    assert bench.sent(entries) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert (32.0, TimedOut(key)) in entries


def test_a_provisional_answer_slows_timer_e_and_a_final_one_ends_it() -> None:
    bench = Bench()
    bye = incoming("BYE", to_tag="theirs")
    bench.begin(bye)
    bench.response(bye, 100)
    assert bench.sent(bench.until(9)) == [0.5, 4.5, 8.5]
    assert isinstance(bench.response(bye, 200)[0], Answered)
    assert bench.response(bye, 200) == []
    assert bench.sent(bench.until(100)) == []
    assert len(bench.layer) == 0


def test_nothing_is_repeated_over_tcp() -> None:
    bench = Bench(TCP)
    bench.begin(incoming())
    bench.begin(incoming("BYE", to_tag="theirs"))
    assert bench.sent(bench.until(100)) == []


def test_a_response_to_nothing_of_ours_is_dropped() -> None:
    bench = Bench()
    bench.begin(incoming())
    assert bench.response(incoming(branch="z9hG4bKstray"), 200) == []


def test_an_older_client_without_a_cookie_is_told_from_its_copies() -> None:
    bench = Bench()
    invite = incoming(branch="1")
    key = bench.invited(invite)
    bench.respond(key, bench.answer(invite, 486))
    assert statuses(bench.receive(invite)) == ["SIP/2.0 486 Busy Here"]
    assert bench.receive(incoming("ACK", "1", to_tag="ours")) == []
    assert bench.sent(bench.until(100)) == []
    assert isinstance(bench.receive(incoming(branch="1", cseq=2))[0], Received)


def test_what_goes_to_a_peer_that_cannot_be_reached_is_given_up_at_once() -> None:
    bench = Bench(TCP)
    key = bench.begin(incoming("REGISTER"))
    other = bench.layer.begin(incoming("OPTIONS", "z9hG4bKo"), UDP, 0.0)[0]
    assert bench.layer.lost(TCP) == [TimedOut(key), Ended(key)]
    assert bench.layer.state(other) == "trying"


def test_a_request_that_nobody_answers_is_forgotten() -> None:
    bench = Bench()
    bench.invited(incoming("OPTIONS"))
    bench.invited(incoming(branch="z9hG4bKb"))
    bench.until(1000)
    assert len(bench.layer) == 0


def test_an_empty_layer_waits_for_nothing() -> None:
    assert Layer().next_due is None

"""What will be wrong with the rota is known a day before."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.oncall.rotas import PEOPLE, USUAL, rota

from nightbell.oncall.alarms import alarms
from nightbell.oncall.person import Method
from nightbell.terms.instant import Instant

NOW = Instant.parse("2026-11-29T12:00:00+00:00")
LIST = (
    PEOPLE
    + """\
rotations:
  short: {kind: list, shifts: [{who: anna, from: 2026-11-01 08:00, to: 2026-11-30 08:00}]}
layers: {first: short}
"""
)


def test_a_sound_rota_alarms_nobody() -> None:
    assert alarms(rota(), NOW) == ()


def test_a_list_that_runs_out_alarms_a_day_before_and_not_two() -> None:
    short = rota(LIST)
    (alarm,) = alarms(short, NOW)
    assert (alarm.kind, alarm.layer, alarm.begins) == ("gap", "first", Instant.parse("2026-11-30T08:00:00+00:00"))
    assert alarms(short, NOW.plus(ms=-48 * 3_600_000)) == ()


def test_somebody_taken_off_the_list_is_alarmed_where_the_name_still_stands() -> None:
    usual = rota()
    without = replace(usual, people={key: each for key, each in usual.people.items() if key != "chloe"})
    assert {(one.kind, one.layer, one.who) for one in alarms(without, NOW)} == {
        ("unreachable", "second", "chloe"),
        ("unreachable", "last_resort", "chloe"),
        ("gap", "second", ""),
    }


def test_a_pool_of_nobody_one_alone_and_nobody_at_all_are_alarmed() -> None:
    usual = rota()
    assert [one.kind for one in alarms(replace(usual, last_resort=()), NOW)] == ["pool_empty"]
    anna = {"anna": usual.people["anna"]}
    assert "alone" in {one.kind for one in alarms(replace(usual, people=anna, last_resort=("anna",)), NOW)}
    assert [one.kind for one in alarms(replace(usual, people={}), NOW)] == ["nobody"]


def test_an_alarm_says_no_name_and_no_number() -> None:
    usual = rota(USUAL)
    without = replace(usual, people={})
    for alarm in (*alarms(without, NOW), *alarms(replace(usual, last_resort=("zoe",)), NOW)):
        assert "Bright" not in alarm.sentence
        assert "770" not in alarm.sentence


def test_a_way_that_nothing_carries_is_alarmed_by_person_and_setting() -> None:
    usual = rota()
    sms = Method("sms", "+447700900701")
    anna = replace(usual.people["anna"], methods=(*usual.people["anna"].methods, sms))
    with_sms = replace(usual, people={**usual.people, "anna": anna})
    assert alarms(with_sms, NOW) == alarms(with_sms, NOW, carried={"sms", "email"}) == ()
    (alarm,) = alarms(with_sms, NOW, carried={"email"})
    assert (alarm.kind, alarm.who, alarm.how) == ("uncarried", "anna", "sms")
    assert "[channels.sms]" in alarm.sentence
    assert "900701" not in alarm.sentence

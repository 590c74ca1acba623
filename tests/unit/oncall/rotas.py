"""Rotas that the tests share."""

from __future__ import annotations

from nightbell.oncall.reading.file import read_oncall
from nightbell.oncall.rota import Cover, Rota

PEOPLE = """\
people:
  anna: {name: Anna Bright, mobile: "+447700900701"}
  ben: {name: Ben Harrow, mobile: "+447700900702"}
  chloe: {name: Chloe Wren, mobile: "+447700900703"}
  cora: {name: Cora Field, role: coordinator, contact: [email: cora@example.org, telephone: "+447700900704"]}
  service: {name: Night Answering, role: service, mobile: "+442079460199"}
"""
USUAL = (
    PEOPLE
    + """\
rotations:
  nights: {kind: weekly, people: [anna, ben], hand_over: "mon 18:00", starts: 2026-11-02}
  behind: {kind: daily, people: [ben, chloe, anna], hand_over: "08:00", starts: 2026-11-01}
layers: {first: nights, second: behind}
coordinator: cora
last_resort: [chloe, service]
"""
)


def rota(text: str = USUAL, *, zone: str = "Europe/London", cover: Cover = "full") -> Rota:
    """Return a rota without faults."""
    found = read_oncall(text, "oncall.yaml", "GB", zone=zone, cover=cover)
    assert found.diagnostics == ()
    return found.rota


def codes(text: str, *, cover: Cover = "full", zone: str = "Europe/London") -> list[str]:
    """Return the faults as places and codes."""
    found = read_oncall(text, "oncall.yaml", "GB", zone=zone, cover=cover)
    return [f"{one.place.line}:{one.place.column} {one.code}" for one in found.diagnostics]

"""Draw: a checked flow to its drawing.

What means the same in every state - key 9, key 0, what callers say anywhere - is one box, not an arrow from each
state. Red is what a danger sign sets going: its own way, and all that follows until the caller is asked anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from nightbell.flow.diagram.drawing import ANYWHERE, Arrow, Box, Drawing, Shape, Worst
from nightbell.flow.diagram.ways import FLAGS, Way, ways
from nightbell.flow.model import Collect, End, Flow, Menu, Prompt, Screen, Slot, State, Words
from nightbell.terms.disposition import Disposition

__all__ = ["DISPOSITIONS", "draw"]

DISPOSITIONS: Final = {
    Disposition.D0: "emergency services now",
    Disposition.D1: "clinician now",
    Disposition.DM: "mental-health crisis",
    Disposition.D2: "call-back in 30 minutes",
    Disposition.DU: "unclassified, rung back",
    Disposition.D3: "call-back in 4 hours",
    Disposition.D4: "next working day",
    Disposition.D5: "booking, information",
}
_SHAPES: Final[dict[str, Shape]] = {
    "prompt": "say",
    "deflect": "say",
    "menu": "ask",
    "collect": "ask",
    "confirm": "ask",
    "record": "ask",
    "screen": "screen",
    "branch": "decide",
    "schedule": "decide",
    "notify": "world",
    "escalate": "hold",
    "transfer": "hold",
    "end": "end",
}
_NINE: Final = "key 9"


def draw(flow: Flow, worst: Worst | None = None) -> Drawing:
    """Return the drawing of a flow.

    Args:
        flow: checked.
        worst: the worst case of its proof, where there is one.
    """
    found = [*_everywhere(flow), *_between(flow)]
    red = _red(flow, found)
    on_way = set(worst.states) if worst else set()
    steps = _walked(worst, found)
    boxes = [_anywhere(flow)] + [_box(flow, state, state.name in on_way) for state in flow.states]
    red_targets = {arrow.target for arrow in found if arrow in red}
    return Drawing(
        title=flow.clinic.title,
        about=f"{len(flow.states)} states, version {flow.hash[:12]}",
        boxes=tuple(_reddened(box) if box.name in red_targets else box for box in boxes),
        arrows=tuple(
            Arrow(
                source=arrow.source,
                target=arrow.target,
                label=arrow.label,
                red=arrow in red,
                worst=arrow in steps,
            )
            for arrow in found
        ),
        worst=worst,
    )


def _walked(worst: Worst | None, arrows: Sequence[Arrow]) -> frozenset[Arrow]:
    """Return the arrows of the longest way; where two share both ends, the one that is not red."""
    by_ends = {(arrow.source, arrow.target): arrow for arrow in sorted(arrows, key=lambda arrow: not arrow.red)}
    steps = pairwise(f"state:{name}" for name in worst.states) if worst else ()
    return frozenset(by_ends[step] for step in steps if step in by_ends)


def _reddened(box: Box) -> Box:
    """Return the box in red, where its being reached is what matters; a question stays a question."""
    return box if box.shape in {"ask", "screen", "decide"} else replace(box, red=True)


def _between(flow: Flow) -> list[Arrow]:
    """Return the arrows from state to state; ways that share both ends are one, but a red way stays apart."""
    arrows: list[Arrow] = []
    for state in flow.states:
        together: dict[tuple[str, bool], list[Way]] = {}
        for way in ways(state):
            together.setdefault((way.target, way.red), []).append(way)
        for (target, red), several in together.items():
            label = "" if len(together) == 1 else _joined(several)
            arrows.append(Arrow(source=f"state:{state.name}", target=f"state:{target}", label=label, red=red))
        if state.name == flow.emergency and flow.mistake and flow.after_mistake:
            arrows.append(
                Arrow(
                    source=f"state:{state.name}",
                    target=f"state:{flow.after_mistake}",
                    label="nine by mistake",
                )
            )
    return arrows


def _joined(several: Sequence[Way]) -> str:
    labels = list(dict.fromkeys(way.label for way in several if way.label))
    return "otherwise" if "otherwise" in labels else ", ".join(labels)


def _everywhere(flow: Flow) -> list[Arrow]:
    """Return the arrows from the box for everywhere: keys, silence, and red flags by where they lead."""
    labels: dict[str, list[str]] = {
        flow.emergency: [_NINE],
        flow.person: ["key 0"],
        flow.silent: ["never a word, never a key"],
    }
    floors: dict[str, list[str]] = {}
    for universal in flow.universals:
        if universal.next == "same":
            continue
        if universal.floor is not None and universal.floor.pages and universal.floor is not Disposition.DU:
            floors.setdefault(universal.next, []).append(universal.floor)
        else:
            labels.setdefault(universal.next, []).append(universal.name.replace("_", " "))
    for target, several in floors.items():
        labels.setdefault(target, []).append(f"{', '.join(dict.fromkeys(several))} said")
    red = {flow.emergency} | {target for target, several in floors.items() if FLAGS & {*several}}
    return [
        Arrow(source=ANYWHERE, target=f"state:{target}", label=", ".join(several), red=target in red)
        for target, several in labels.items()
    ]


def _red(flow: Flow, arrows: Sequence[Arrow]) -> frozenset[Arrow]:
    """Return the arrows of a red flag: its own, and those after it up to where a caller is asked anew."""
    stops = {f"state:{state.name}" for state in flow.states if isinstance(state, Menu | Screen)}
    stops |= {f"state:{state.name}" for state in flow.states if isinstance(state, Collect) and state.clears}
    red = {arrow for arrow in arrows if arrow.red}
    reached = [arrow.target for arrow in red]
    while reached:
        box = reached.pop()
        if box in stops:
            continue
        for arrow in arrows:
            if arrow.source == box and arrow not in red and not _mistaken(flow, arrow):
                red.add(arrow)
                reached.append(arrow.target)
    return frozenset(red)


def _mistaken(flow: Flow, arrow: Arrow) -> bool:
    return arrow.source == f"state:{flow.emergency}" and arrow.target == f"state:{flow.after_mistake}"


def _anywhere(flow: Flow) -> Box:
    by_floor: dict[str, list[str]] = {}
    for universal in flow.universals:
        key = f" (key {universal.key})" if universal.key else ""
        by_floor.setdefault(str(universal.floor or ""), []).append(universal.name.replace("_", " ") + key)
    order = sorted(by_floor, key=lambda floor: -Disposition(floor).rank if floor else 1)
    return Box(
        name=ANYWHERE,
        title="In every state",
        shape="anywhere",
        kind="said or pressed at any time",
        lines=tuple(f"{floor + ': ' if floor else ''}{', '.join(by_floor[floor])}" for floor in order),
    )


def _box(flow: Flow, state: State, worst: bool) -> Box:  # noqa: FBT001 - one caller, above
    *group, title = state.name.split(".") if state.dialog else [state.name]
    return Box(
        name=f"state:{state.name}",
        title=title,
        shape=_SHAPES[state.kind],
        kind=state.kind,
        lines=_lines(state),
        words=" / ".join(_said(prompt) for prompt in _prompts(state)),
        disposition=state.disposition if isinstance(state, End) else "",
        must_hear=any(prompt.must_hear for prompt in _prompts(state)),
        worst=worst,
        starts=state.name == flow.starts_at,
        group=tuple(group),
    )


def _lines(state: State) -> tuple[str, ...]:
    if isinstance(state, Screen):
        return tuple(f"{question.name.replace('_', ' ')}: {question.yes}" for question in state.questions)
    if isinstance(state, End):
        return (f"{state.disposition} {DISPOSITIONS[state.disposition]}",)
    return ()


def _prompts(state: State) -> Iterable[Prompt]:
    if isinstance(state, Screen):
        return [question.ask for question in state.questions]
    offer = getattr(state, "offer", None)
    say = getattr(state, "say", None)
    return [prompt for prompt in (offer, say) if isinstance(prompt, Prompt)]


def _said(prompt: Prompt) -> str:
    return "".join(_part(part) for part in prompt.parts)


def _part(part: Words | Slot) -> str:
    return part.text if isinstance(part, Words) else f"[{part.name.replace('_', ' ')}]"

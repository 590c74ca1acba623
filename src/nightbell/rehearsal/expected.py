"""Expected: what a call script's YAML may hold under ``expect``; the rest of the file is ``schema``'s."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from nightbell.rehearsal.fields import Duration, Entry, Flag, counted, fault, limited, listed, stated
from nightbell.terms.disposition import Disposition

__all__ = ["EventuallyEntry", "ExpectEntry"]

_LEAST: Final = min(each.rank for each in Disposition)
"""Every call ends so urgently, or more."""
_One = TypeVar("_One")
_Several = Annotated[list[_One], Field(min_length=1)]
_Limits = Annotated[dict[str, Annotated[float, Field(ge=0, lt=1)]], Field(min_length=1)]


class _Turns(Entry):
    at_least: Annotated[int, Field(ge=0)] | None = None
    """Fewest."""
    at_most: Annotated[int, Field(ge=0)] | None = None
    """Most."""


def _limiting(turns: _Turns) -> _Turns:
    if not turns.at_least and turns.at_most is None:
        raise fault(
            "NB201", "nothing is asserted here: every call has 0 turns or more", "write at_least: 1, or at_most"
        )
    return turns


class EventuallyEntry(Entry):
    """One thing that must come true."""

    state: str = ""
    """The call comes to it."""
    result: str = ""
    """The call learns it."""
    category: str = ""
    """What that result is; any unless set."""
    disposition: Disposition | None = None
    """The call stands so, or more urgently."""
    page: Disposition | None = None
    """Somebody is asked for, so urgently or more."""
    prompt: str = ""
    """A prompt is said to its end, by its name."""
    says: str = ""
    """Words that it holds, in this order."""
    within: Duration | None = None
    """Audio time from the answer of the call."""
    within_turns: Annotated[int, Field(ge=0, le=100)] | None = None
    """Caller turns before it."""

    @model_validator(mode="after")
    def _is_one_thing(self) -> EventuallyEntry:
        named = sum(bool(each) for each in (self.state, self.result, self.disposition, self.page, self.prompt))
        if named != 1 or (self.category and not self.result):
            hint = "write state, result (with its category), disposition, page or prompt"
            raise fault("NB202", "something that must come true is one thing", hint)
        if self.says and not self.prompt:
            raise fault("NB202", "words that no prompt is to say", "name the prompt beside them")
        return self

    @property
    def asserts(self) -> bool:
        """Tell whether a call could fail by it: every call stands as the least urgent or more, by and by."""
        in_time = self.within is not None or self.within_turns is not None
        return in_time or self.disposition is None or self.disposition.rank > _LEAST


class ExpectEntry(Entry):
    """What must be shown."""

    disposition: Disposition | None = None
    """The call ends exactly so."""
    at_least: Disposition | None = None
    """The call ends so, or more urgently."""
    red_flag: Flag = False
    """Somebody is paged in time after the flagged turn."""
    paged: Flag | None = None
    """Somebody, or nobody, is paged."""
    within_turns: Annotated[int, Field(ge=0, le=20)] = 2
    """Caller turns from the flag to the page."""
    states: Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(stated)] = ()
    """The call passes these in this order, others in between."""
    never: Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(stated)] = ()
    """The call passes none of these."""
    eventually: Annotated[
        tuple[EventuallyEntry, ...],
        BeforeValidator(listed, json_schema_input_type=EventuallyEntry | _Several[EventuallyEntry]),
        BeforeValidator(stated),
    ] = ()
    """What must come true before the call ends, in any order."""
    ring_backs: Annotated[int, Field(ge=0)] | None = None
    """Times the caller is to be rung back."""
    prompts_heard: Annotated[
        dict[str, Annotated[float, Field(ge=0, lt=1)]],
        BeforeValidator(
            limited, json_schema_input_type=_Limits | _Several[str] | Annotated[str, Field(min_length=1)]
        ),
        BeforeValidator(stated),
    ] = Field(default_factory=dict)
    """Prompts that the second recogniser hears in the line's own sound, to the share of word errors allowed."""
    heard: Annotated[
        dict[str, Literal["match", "rejected", "open"]], Field(min_length=1), BeforeValidator(stated)
    ] = Field(default_factory=dict)
    """PLACE to what some utterance there was."""
    effects: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), BeforeValidator(stated)] = ""
    """Fingerprint of all that the call did; only a script of a call that was taken has one."""
    answered_within: Duration | None = None
    """Longest time from the caller's last sound to the next prompt."""
    final: Annotated[str, Field(min_length=1), BeforeValidator(stated)] = ""
    """The state that the call is closed in."""
    ended: Literal["end", "hangup", "silent", "failure", "connected"] | None = None
    """How it was closed."""
    said_emergency: Flag | None = None
    """The emergency words were, or were not, said to their end."""
    turns: Annotated[_Turns, BeforeValidator(counted), BeforeValidator(stated), AfterValidator(_limiting)] = (
        _Turns()
    )
    """How often the caller said or pressed something."""

    @model_validator(mode="after")
    def _asserts_an_end(self) -> ExpectEntry:
        if (self.disposition is None) == (self.at_least is None):
            both = self.disposition is not None
            message = "disposition and at_least together" if both else "the script asserts no disposition"
            raise fault("NB201", message, "write disposition: D1, or at_least: D1")
        if self.red_flag and self.paged is False:
            raise fault("NB205", "a red flag that is to page nobody", "leave paged out, or write paged: true")
        if not self.asserts(sound=True):
            message = f"at_least: {self.at_least} holds for every call, and nothing else is asserted"
            raise fault("NB201", message, "write disposition: D5, or what else must be so, such as final: STATE")
        return self

    def asserts(self, *, sound: bool) -> bool:
        """Tell whether any call could fail by it, with sound or without."""
        if self.at_least is None or self.at_least.rank > _LEAST:
            return True
        told = (self.paged, self.ring_backs, self.said_emergency, self.turns.at_most)
        named = (self.states, self.never, self.heard, self.final, self.ended, self.effects)
        if self.red_flag or any(one is not None for one in told) or any(named) or self.turns.at_least:
            return True
        if any(one.asserts for one in self.eventually):
            return True
        return sound and bool(self.prompts_heard or self.answered_within is not None)

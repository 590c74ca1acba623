"""Check: what a schema cannot know of a call script - recordings, the flow's places, flags that fit each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nightbell.audio.edges import last_sound_ms
from nightbell.document.diagnostic import Diagnostic
from nightbell.document.node import walk
from nightbell.errors import AudioError
from nightbell.rehearsal.known import EXCUSABLE, LONGEST, on_a_safety_edge
from nightbell.rehearsal.naming import misnamed, names_safety
from nightbell.rehearsal.repro.sound import why_unusable
from nightbell.rehearsal.script import SILENT

if TYPE_CHECKING:
    from pathlib import Path

    from nightbell.document.node import Mapping as Tree
    from nightbell.rehearsal.places import Places
    from nightbell.rehearsal.recordings import Recordings
    from nightbell.rehearsal.schema import AnswerEntry, ScriptEntry

__all__ = ["check"]


def check(
    entry: ScriptEntry, path: Path, tree: Tree, recordings: Recordings, places: Places | None
) -> tuple[Diagnostic, ...]:
    """Return the faults of a script that fits its schema."""
    work = _Check(entry, tree, recordings)
    work.name(path)
    work.flags()
    work.sounds()
    work.replay(path)
    work.tiers()
    work.known(places)
    if places is not None:
        work.places(places)
    return tuple(work.faults)


class _Check:
    def __init__(self, entry: ScriptEntry, tree: Tree, recordings: Recordings) -> None:
        self.faults: list[Diagnostic] = []
        self._entry = entry
        self._tree = tree
        self._recordings = recordings

    def name(self, path: Path) -> None:
        if self._entry.script != path.stem:
            message = f"script {self._entry.script!r} in file {path.name}"
            self._fault(["script"], "NB206", message, f"write script: {path.stem}")

    def flags(self) -> None:
        given, expect = self._entry.answers.items(), self._entry.expect
        flagged: list[tuple[str, ...]] = [
            ("answers", name) for name, many in given if any(answer.red_flag for answer in many)
        ]
        if self._entry.default is not None and self._entry.default.red_flag:
            flagged.append(("default",))
        if expect.red_flag and not flagged:
            hint = "mark the turn whose words hold it with red_flag: true"
            self._fault(["expect", "red_flag"], "NB205", "no answer carries the flag", hint)
        if flagged and not expect.red_flag:
            hint = "write red_flag: true under expect"
            self._fault(flagged[0], "NB205", "a flagged turn that is not expected", hint)
        if "within_turns" in expect.model_fields_set and not expect.red_flag:
            hint = "write red_flag: true beside it, or leave it out"
            self._fault(
                ["expect", "within_turns"], "NB205", "within_turns without red_flag: true asserts nothing", hint
            )

    def known(self, places: Places | None) -> None:
        """See that nothing is excused that keeps a caller safe, nor for ever."""
        known, expect = self._entry.known_failure, self._entry.expect
        if known is None:
            return
        why = on_a_safety_edge(
            wanted=expect.disposition or expect.at_least,
            red_flag=expect.red_flag,
            paged=expect.paged,
            emergency=expect.said_emergency,
            names=names_safety(self._entry, places) if places is not None else "",
        )
        if why:
            self._fault(["known_failure"], "NB209", f"a known failure where {why}", "mend it, or the script")
        last = self._recordings.today + LONGEST
        if known.until > last:
            hint = f"{last.isoformat()} at the latest; write a new day then, if it still fails"
            self._fault(["known_failure", "until"], "NB209", f"excused until {known.until.isoformat()}", hint)
        for kind in known.kinds:
            if kind not in EXCUSABLE:
                hint = f"these can be: {', '.join(each.value for each in EXCUSABLE)}"
                self._fault(["known_failure", "kinds"], "NB209", f"{kind.value} cannot be excused", hint)

    def sounds(self) -> None:
        for name, many in self._entry.answers.items():
            for answer in many:
                self._sound(["answers", name], answer)
        if self._entry.default is not None:
            self._sound(["default"], self._entry.default)
        if (impair := self._entry.impair) is None:
            return
        given = (*(answer for many in self._entry.answers.values() for answer in many), self._entry.default)
        if self._entry.tier not in SILENT and not any(answer is not None and answer.say for answer in given):
            hint = "its ratio is to words: write say: with a recording, or leave impair out"
            self._fault(["impair"], "NB207", "noise under a caller who says nothing, so that none is made", hint)
        if not self._recordings.has_noise(impair.noise):
            hint = f"there are: {', '.join(self._recordings.noises())}"
            self._fault(["impair", "noise"], "NB203", f"there is no noise {impair.noise!r}", hint)
            return
        try:
            self._recordings.check_noise(impair.noise)
        except AudioError as error:
            self._fault(["impair", "noise"], "NB204", error.message, error.hint)

    def replay(self, path: Path) -> None:
        """See that a call that is played again has its sound, whole, and no other caller."""
        replay = self._entry.replay
        if replay is None:
            return
        if self._entry.answers or self._entry.default is not None:
            hint = "what was done is done again; leave out answers and default"
            self._fault(["replay"], "NB210", "a replay with answers beside it", hint)
        sound = path.with_name(f"{replay.sound}.wav")
        if not sound.is_file():
            self._fault(
                ["replay", "sound"], "NB203", f"there is no recording {sound}", "nightbell repro writes it"
            )
        elif unusable := why_unusable(self._entry, sound):
            self._fault(["replay", "sound"], "NB204", *unusable)
        if self._entry.tier in SILENT:
            self._fault(["tier"], "NB210", "a replay in writing", "it needs its sound: tier: audio")

    def places(self, places: Places) -> None:
        """See that the flow has what the script names."""
        for found in misnamed(self._entry, places):
            self._fault(found.where, found.code, found.message, found.hint)

    def tiers(self) -> None:
        """See that a caller who must make a sound has one, and that what needs sound stands where some is."""
        if self._entry.tier in SILENT and not self._entry.expect.asserts(sound=False):
            message = f"nothing is asserted that tier {self._entry.tier} can tell"
            self._fault(["expect"], "NB201", message, "prompts_heard and answered_within need sound: tier: audio")
        if self._entry.tier == "engine":
            return
        for name, many in (*self._entry.answers.items(), ("", (self._entry.default,))):
            where = ["answers", name] if name else ["default"]
            given = [answer for answer in many if answer is not None and not answer.say]
            if any(answer.means and not answer.words for answer in given):
                hint = "write tier: engine, or add words: that mean it"
                self._fault(where, "NB207", "a meaning without words", hint)
            elif self._entry.tier != "text" and any(answer.words for answer in given):
                hint = "write tier: text, or add say: with a recording of them"
                self._fault(where, "NB207", "words without a recording of them", hint)
        if self._entry.tier == "text":
            return
        for key in ("ears", "voice"):
            if getattr(self._entry.fakes, key) is not None:
                self._fault(
                    ["fakes", key],
                    "NB208",
                    f"{key} that fail can be laid down in writing only",
                    "write tier: text",
                )

    def _sound(self, where: Sequence[str], answer: AnswerEntry) -> None:
        name = answer.say
        if not name:
            return
        if not self._recordings.has(name):
            hint = f"it should be {self._recordings.path(name)}"
            self._fault(where, "NB203", f"there is no recording {name!r}", hint)
            return
        if why := self._recordings.barred(name):
            hint = f"ask again and capture it anew, or nightbell capture --forget {name}"
            self._fault(where, "NB215", f"{name} may not be used: {why}", hint)
            return
        try:
            silent = last_sound_ms(self._recordings.words(name)) is None
        except AudioError as error:
            self._fault(where, "NB204", f"{name}: {error.message}", error.hint)
            return
        if silent:
            self._fault(where, "NB204", f"{name} is silent", "record it again; silence is written silence: true")

    def _fault(self, where: Sequence[str | int], code: str, message: str, hint: str = "") -> None:
        key, node = list(walk(self._tree, where))[-1]
        self.faults.append(Diagnostic(key.place if key is not None else node.place, code, message, hint))

"""Desk: one clinic's flow, ready to take calls - its plan, its prompts and its calendar. Shared by its calls."""

from __future__ import annotations

from collections.abc import Sequence

from nightbell.audio.frame import Samples
from nightbell.call.compile import Plan, compile_flow
from nightbell.conversation.patients import Patients
from nightbell.conversation.recorded import RecordedWorld, opening_hours
from nightbell.conversation.world import World
from nightbell.errors import AudioError
from nightbell.flow.model import Flow
from nightbell.oncall.routing import Duty, nobody
from nightbell.records.port import Records
from nightbell.speech.prompts import PromptStore
from nightbell.speech.safe import safe_words
from nightbell.terms.segment import Segment

__all__ = ["Desk"]


class Desk:
    """One clinic's flow, ready to take calls: plan, prompts and calendar."""

    def __init__(
        self,
        flow: Flow,
        prompts: PromptStore,
        records: Records,
        unusable: Sequence[AudioError] = (),
        *,
        patients: Patients | None = None,
        duty: Duty = nobody,
    ) -> None:
        self.plan: Plan = compile_flow(flow)
        self.prompts = prompts
        self.unusable = tuple(unusable)
        """Recordings of the owner's that cannot be used."""
        self._safe = safe_words(flow.clinic.emergency)
        hours = opening_hours(flow.clinic)
        self.world: World = RecordedWorld(
            flow.clinic,
            records,
            hours=hours.state_at,
            next_opening=hours.next_opening,
            patients=patients,
            duty=duty,
        )

    async def samples(self, prompt: str, segments: Sequence[Segment]) -> Samples:
        """Return a prompt's samples, from memory for all fixed prompts."""
        return await self.prompts.samples(prompt, segments)

    def safe_words(self) -> Samples:
        """Return the recorded emergency words."""
        return self._safe

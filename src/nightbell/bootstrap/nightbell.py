"""Bootstrap: the only place where adapters are chosen. It makes a Nightbell that takes calls, and takes it down.

What all calls of a process share is opened once; what a call needs for itself is made when it rings. A model that
is missing or broken leaves the line on keys, records that cannot be opened leave it on the safe path.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from nightbell.audio.frame import Samples
from nightbell.bootstrap.hearing import Memory, decoders, live_ears, open_recogniser, patient_ears
from nightbell.bootstrap.records import close_interrupted, records_of
from nightbell.bootstrap.rota import on_duty_of, rota_of
from nightbell.conversation.clock import CallClock, SystemClock
from nightbell.conversation.conversation import Conversation, Outcome
from nightbell.conversation.desk import Desk
from nightbell.conversation.limits import Limits
from nightbell.conversation.observer import Observer
from nightbell.conversation.patients import TREATMENTS, Patients
from nightbell.conversation.world import World
from nightbell.errors import ProviderError, RecordsFailed, SettingsError
from nightbell.flow.archive import flow_from_json, flow_to_json, prompts_of
from nightbell.flow.model import Flow, Prompt, Words
from nightbell.line.port import Line
from nightbell.records.keyring import Keyring
from nightbell.records.mending import Mending
from nightbell.records.port import Records
from nightbell.records.recordings import Recorder
from nightbell.settings import Settings
from nightbell.speech.activity_pool import ActivityPool
from nightbell.speech.cache import PromptCache
from nightbell.speech.decoder_process import DecoderHost
from nightbell.speech.moonshine import MoonshineRecogniser
from nightbell.speech.port import OpenRecogniser, Voice
from nightbell.speech.prompts import PromptStore, Wording
from nightbell.speech.recorded import Recordings
from nightbell.speech.silero import ActivityBatch
from nightbell.speech.transcripts import Transcripts
from nightbell.speech.voices import voice_of

__all__ = ["Nightbell", "open_nightbell"]

_log = structlog.get_logger(__name__)

_ROLES: Final = ("a clinician", "someone from the clinic")
"""What fills a promise's "who": rendered before the first call like all the rest."""


class Nightbell:
    """Everything one process needs to take calls; ``open_nightbell`` makes it."""

    def __init__(
        self,
        settings: Settings,
        *,
        voice: Voice,
        records: Records,
        recorder: Recorder,
        host: DecoderHost | None,
        open_: OpenRecogniser | None,
        activity: ActivityBatch,
        deaf: ProviderError | None = None,
        unrecorded: RecordsFailed | None = None,
        memory: Memory | None = None,
        mending: Mending | None = None,
    ) -> None:
        self.settings = settings
        self.deaf = deaf
        """Why there is no recogniser."""
        self.unrecorded = unrecorded
        """Why the records could not be opened; None when they are open."""
        self.records = records
        self.recorder = recorder
        self.voice = voice
        self._mending = mending
        self._host = host
        self._open = open_
        self._pool = ActivityPool(activity)
        self._ears = partial(patient_ears, settings, host, open_, activity, memory)
        self._live_ears = partial(live_ears, settings, host, open_, activity, self._pool)
        self.listening = 0
        """Live calls that are listened to; beyond ``speech_calls`` the next ones go by keys."""
        self._desks: dict[str, Desk] = {}

    @property
    def hears(self) -> bool:
        """Tell whether there is a recogniser; without one the line is keys only."""
        return self._host is not None

    async def warm(self) -> None:
        """Load what is loaded when first needed, so that no caller waits for it."""
        try:
            if isinstance(self._open, MoonshineRecogniser):
                await self._open.start()
        except ProviderError as error:
            _log.warning("open_recogniser_cold", code=error.code, provider=error.provider)

    async def prepare(
        self, flow: Flow, folder: Path | None = None, *, progress: Callable[[int, int], None] | None = None
    ) -> Desk:
        """Make a flow ready: keep its version, render its prompts. The same version is prepared once.

        Args:
            flow: a checked flow.
            folder: the clinic's folder, for the owner's recordings in ``prompts/``.
            progress: called with (done, total).

        Raises:
            SynthesisFailed, ModelMissing: a prompt cannot be spoken.
        """
        if flow.hash in self._desks:
            return self._desks[flow.hash]
        store = PromptStore(
            self.voice,
            country=flow.clinic.country,
            recordings=Recordings(folder / "prompts" if folder else None),
            cache=PromptCache(self.settings.prompts_dir),
        )
        await self._keep(flow)
        made = await store.prepare(
            [_wording(prompt) for prompt in prompts_of(flow)], also=_ROLES, progress=progress
        )
        rota = rota_of(folder, flow)
        people = rota.people if rota is not None else None
        self._desks[flow.hash] = Desk(
            flow,
            store,
            self.records,
            made.faults,
            patients=_patients(folder, flow, people) if folder is not None else None,
            duty=on_duty_of(folder, flow),
        )
        return self._desks[flow.hash]

    async def _keep(self, flow: Flow) -> None:
        try:
            await self.records.store_flow(flow.clinic.name, flow.hash, flow_to_json(flow))
        except RecordsFailed as error:
            # No reason not to answer: a call of this version that is interrupted is closed without its session.
            _log.error("flow_not_kept", code=error.code)

    async def take(
        self,
        line: Line,
        flow: Flow,
        *,
        call: str,
        clock: CallClock | None = None,
        world: World | None = None,
        records: Records | None = None,
        observers: Sequence[Observer] = (),
        keep_audio: bool = True,
        started: Callable[[Conversation], None] = lambda _: None,
    ) -> Outcome:
        """Take one call to its end.

        Args:
            line: a line that rings.
            flow: a prepared flow.
            call: the call's id, unique for ever.
            clock: the call's clock; the machine's when left out.
            world: stands for the outside; the records' own when left out.
            records: kept there; in what all calls share when left out.
            observers: told what happens.
            keep_audio: False keeps no audio whatever the caller allows.
            started: given the conversation before it runs, for who may have to end it from outside.

        Raises:
            SettingsError: the flow was not prepared.
        """
        desk = self._desks.get(flow.hash)
        if desk is None:
            raise SettingsError("the flow was not prepared", hint="call prepare() before the first call")
        recording = self.recorder.begin(flow.clinic.name, call) if keep_audio else None
        live = line.paced and self._host is not None and self.listening < self.settings.speech_calls
        ears = self._live_ears(hears=live) if line.paced else self._ears()
        self.listening += live
        conversation = Conversation(
            call=call,
            plan=desk.plan,
            line=line,
            ears=ears,
            prompts=desk,
            records=records or self.records,
            world=world or desk.world,
            clock=clock or SystemClock(),
            keeper=recording,
            observers=observers,
            limits=Limits(commit_ms=self.settings.commit_limit_ms),
        )
        started(conversation)
        try:
            outcome = await conversation.run()
            if conversation.fell and records is None:
                await self.close_interrupted(call)  # a session that is at fault itself may have closed nothing
            return outcome
        finally:
            self.listening -= live
            await ears.close()

    async def close_interrupted(self, call: str) -> None:
        """Close the record of a call whose conversation is no more, now or as soon as the records take it."""
        mending = self._mending
        if mending is not None and not mending.idle:
            mending.left_open(call)  # what was spilled of it stands before its end
            return
        try:
            await close_interrupted(self.records, call)
        except RecordsFailed as error:
            _log.critical("not_put_right", code=error.code, provider=error.provider)
            if mending is not None:
                mending.left_open(call)

    async def desk(self, flow: str, folder: Path) -> Desk | None:
        """Return the desk of a flow version, an older one out of the records; None where it stands nowhere.

        Raises:
            RecordsFailed: it cannot be read.
            SynthesisFailed, ModelMissing: a prompt of it cannot be spoken.
        """
        if flow not in self._desks:
            content = await self.records.flow(flow)
            if content is None:
                return None
            await self.prepare(flow_from_json(content), folder)
        return self._desks.get(flow)

    def safe_words(self, flow: Flow) -> Samples:
        """Return the recorded emergency words of a prepared flow."""
        return self._desks[flow.hash].safe_words()

    def world_of(self, flow: Flow) -> World:
        """Return the outside of a prepared flow, for what wraps it."""
        return self._desks[flow.hash].world


def _patients(folder: Path, flow: Flow, people: Collection[str] | None) -> Patients:
    clinic = flow.clinic
    return Patients(folder / TREATMENTS, country=clinic.country, zone=clinic.zone, people=people)


def _wording(prompt: Prompt) -> Wording:
    words = tuple(part.text for part in prompt.parts if isinstance(part, Words))
    return Wording(prompt.name, words, fixed=prompt.is_fixed)


@asynccontextmanager
async def open_nightbell(
    settings: Settings, *, transcripts: Transcripts | None = None
) -> AsyncIterator[Nightbell]:
    """Open what calls share: records (spill replayed, open calls closed), models, voice. Closes it all again.

    What cannot be opened is told by ``deaf`` and ``unrecorded``: calls can be taken without it. Calls in virtual
    time take from ``transcripts`` what the recognisers wrote before.

    Raises:
        SettingsError: the address of the records is none.
    """
    async with AsyncExitStack() as stack:
        records, unrecorded = await records_of(settings, stack)
        voice = voice_of(settings)
        stack.push_async_callback(voice.close)
        host, deaf = await decoders(settings, stack)
        yield Nightbell(
            settings,
            voice=voice,
            records=records,
            recorder=Recorder(settings.recordings_dir, Keyring(settings.data_dir / "keys")),
            host=host,
            open_=open_recogniser(settings, stack) if host is not None else None,
            activity=ActivityBatch(),
            deaf=deaf,
            unrecorded=unrecorded,
            memory=Memory(transcripts, settings) if transcripts is not None and host is not None else None,
            mending=records.mending,
        )

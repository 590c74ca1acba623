"""Endpointer: where speech begins and ends, as a pure reducer over windows of audio.

Fed one ``Window`` (speech probability and levels, 32 ms) at a time it answers: has speech begun, when did it, when
was the last sound, how long has it been quiet. It counts audio time only and keeps nothing but the ``Endpoint`` it
returns. It does not decide when an utterance is over: that also takes the grammar, and is the ears' business.

Silero goes on saying "speech" for some 90 ms (p50) to 200 ms (p95) after the last sound. The last sound is thus
measured by energy inside the windows that Silero takes for speech: the last 8 ms within 26 dB of the utterance's
peak and clear of the noise floor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nightbell.speech.window import BLOCK_MS, QUIETEST_DB, Window, decibels_of, power_of

__all__ = ["Endpoint", "EndpointSettings", "advance", "level_db", "snr_db"]


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Thresholds, each chosen by measurement on recordings of people, noise and telephone tones."""

    onset: float = 0.5
    """Speech probability 0..1 at which speech may have begun."""
    confirm: int = 2
    """Windows (32 ms) of it in a row before it has."""
    onset_loud: float = 0.15
    """The same for a sound that stands ``loud_db`` clear of the noise floor while no prompt plays: mumbled words
    hardly look like speech. It only opens an utterance; whether it holds words the recognisers say."""
    loud_db: float = 8.0
    confirm_loud: int = 4
    onset_playing: float = 0.8
    """What cuts a prompt that plays: a false cut costs the caller the prompt, so it takes more. What falls short
    of it is an utterance all the same."""
    confirm_playing: int = 2
    onset_stark: float = 0.1
    """What cuts it too, as often in a row: a sound that stands ``stark_db`` clear of a room that was heard. In a
    quiet room Silero is slow to call a word speech: at 0.3, one word in twenty took 250 ms to cut a prompt."""
    stark_db: float = 20.0
    room_db: float = -65.0
    """No room counts as quieter than this, or a faint click would stand clear of digital silence."""
    onset_cold: float = 0.95
    """What cuts a prompt in the first ``cold_ms`` of a call: Silero has not heard the room yet and takes its
    clatter for speech."""
    confirm_cold: int = 3
    cold_ms: int = 2500
    release: float = 0.35
    """Probability below which a window is no speech once speech has begun."""
    resume: float = 0.6
    """Probability at which, ``confirm`` windows in a row, an utterance goes on after a pause."""
    resume_db: float = 15.0
    """And it must be within this of the utterance's mean level: dishes put down after an answer are no answer."""
    quiet: float = 0.2
    """Probability below which a window shows the noise floor."""
    range_db: float = 26.0
    """A sound counts when it is within this of the utterance's peak (DESIGN section 5)."""
    clear_db: float = 3.0
    """And this far above the noise floor."""
    clear_share: float = 0.3
    """Or by this share of the way from the floor up to the peak, where that is more: talk in a waiting room has
    moments 6 dB above its mean, and held open the answer of a caller who was 10 dB louder. Where the room lies
    37 dB below the peak, ``range_db`` asks for more."""
    carried_ms: int = 320
    """So long blocks count whose windows are softer: a mumbled end. Talk in a waiting room went on for ever."""
    floor_step_db: float = 10.0
    """A new window counts for this much above the noise floor at most: it lifts the floor by 1.9 dB."""
    floor_share: float = 0.06
    """Weight of a new window in the noise floor: half of it is younger than 350 ms."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is known after the last window."""

    now_ms: int = 0
    speaking: bool = False
    """An utterance is under way, its pauses included, until the ears ``rest`` it."""
    start_ms: int = 0
    """First sound of the utterance, or of the run that may become one."""
    last_ms: int = 0
    """End of the last sound."""
    voiced: bool = False
    """The last window held speech; False in the pauses of an utterance."""
    run: int = 0
    """Windows in a row that may begin speech, or go on with it after a pause."""
    sure: int = 0
    """Those among them, in a row, that need not be loud."""
    strict: int = 0
    """Windows in a row that may cut a prompt."""
    noticed: bool = False
    """The utterance under way was heard while no prompt played, or clearly enough to cut one."""
    clear_ms: int = 0
    """End of the last window of it that stood clear of the noise floor."""
    peak_db: float = QUIETEST_DB
    floor_db: float | None = None
    """Noise outside speech; None before any was heard."""
    speech_power: float = 0.0
    """Sum of the mean power of the windows with speech, full scale 1."""
    speech_windows: int = 0

    @property
    def silence_ms(self) -> int:
        """Milliseconds since the last sound of the utterance under way; 0 when there is none."""
        return self.now_ms - self.last_ms if self.speaking else 0

    @property
    def speech_ms(self) -> int:
        """From the first to the last sound of the utterance under way."""
        return self.last_ms - self.start_ms if self.speaking else 0

    def rest(self) -> Endpoint:
        """Return it with the utterance over; the noise floor is kept."""
        return Endpoint(now_ms=self.now_ms, floor_db=self.floor_db)


def level_db(endpoint: Endpoint) -> float | None:
    """Return the mean level of the windows with speech, dB below full scale; None when there was none. Pure."""
    if not endpoint.speech_windows:
        return None
    return decibels_of(endpoint.speech_power / endpoint.speech_windows)


def snr_db(endpoint: Endpoint) -> float | None:
    """Return speech over noise in dB, -20..60; None when the noise was never heard. Pure."""
    if endpoint.floor_db is None or not endpoint.speech_windows:
        return None
    speech = endpoint.speech_power / endpoint.speech_windows - power_of(endpoint.floor_db)
    return max(-20.0, min(60.0, decibels_of(speech) - endpoint.floor_db))


def advance(endpoint: Endpoint, window: Window, settings: EndpointSettings) -> Endpoint:
    """Take one more window. Pure.

    Args:
        endpoint: what was known before.
        window: 32 ms of audio; windows come in order and without gaps.
        settings: the thresholds.

    Returns:
        What is known now. ``speaking`` turns True once and stays so until ``rest``.
    """
    unlikely = min(settings.onset, settings.onset_stark, settings.onset_loud, settings.quiet)
    if not endpoint.speaking and window.probability < unlikely:  # most of a call: nobody speaks
        return Endpoint(now_ms=window.end_ms, floor_db=_floor(endpoint.floor_db, window, settings))
    counted = _notice(endpoint, window, settings)
    if endpoint.speaking:
        return _within(counted, window, settings)
    sure = window.probability >= settings.onset or _stark(endpoint, window, settings)
    if not sure and not _loud(endpoint, window, settings):
        quiet = window.probability < settings.quiet
        floor = _floor(endpoint.floor_db, window, settings) if quiet else endpoint.floor_db
        return Endpoint(now_ms=window.end_ms, floor_db=floor)
    counted = _with_sound(replace(counted, sure=endpoint.sure + 1 if sure else 0), window, settings)
    counted = replace(counted, run=endpoint.run + 1)
    begun = _confirmed(counted, settings)
    return replace(counted, speaking=begun, voiced=begun)


def _notice(endpoint: Endpoint, window: Window, settings: EndpointSettings) -> Endpoint:
    """Count what is clear enough to cut the prompt that plays."""
    threshold, needed = settings.onset_playing, settings.confirm_playing
    if window.end_ms <= settings.cold_ms:
        threshold, needed = settings.onset_cold, settings.confirm_cold
    clear = window.probability >= threshold or _stark(endpoint, window, settings)
    strict = endpoint.strict + 1 if window.playing and clear else 0
    return replace(endpoint, strict=strict, noticed=endpoint.noticed or strict >= needed)


def _stark(endpoint: Endpoint, window: Window, settings: EndpointSettings) -> bool:
    """Tell whether a window heard under a prompt stands so far out of the room that little doubt is left."""
    heard = window.playing and window.end_ms > settings.cold_ms and endpoint.floor_db is not None
    if not heard or window.probability < settings.onset_stark:
        return False
    return window.mean_db >= max(endpoint.floor_db or QUIETEST_DB, settings.room_db) + settings.stark_db


def _loud(endpoint: Endpoint, window: Window, settings: EndpointSettings) -> bool:
    """Tell whether a window that Silero is unsure of stands out of the noise; never while a prompt plays."""
    if window.playing or endpoint.floor_db is None or window.probability < settings.onset_loud:
        return False
    return window.mean_db >= endpoint.floor_db + settings.loud_db


def _within(endpoint: Endpoint, window: Window, settings: EndpointSettings) -> Endpoint:
    """Go on in an utterance: speech holds on down to ``release``, and after a pause must be confirmed again.

    Unconfirmed, noise that Silero doubts about (0.3 to 0.5 for a window or two) would move the last sound on.
    """
    loud = _loud(endpoint, window, settings)
    if endpoint.voiced:
        if window.probability >= settings.release or loud:
            return _with_sound(endpoint, window, settings)
        return replace(endpoint, now_ms=window.end_ms, voiced=False, run=0, sure=0)
    sure = window.probability >= settings.resume
    mean = decibels_of(endpoint.speech_power / max(1, endpoint.speech_windows))
    if not (sure or loud) or window.mean_db < mean - settings.resume_db:
        return replace(endpoint, now_ms=window.end_ms, run=0, sure=0)
    endpoint = replace(endpoint, run=endpoint.run + 1, sure=endpoint.sure + 1 if sure else 0)
    if not _confirmed(endpoint, settings):
        return replace(endpoint, now_ms=window.end_ms)
    return replace(_with_sound(endpoint, window, settings), voiced=True)


def _confirmed(endpoint: Endpoint, settings: EndpointSettings) -> bool:
    return endpoint.sure >= settings.confirm or endpoint.run >= settings.confirm_loud


def _with_sound(endpoint: Endpoint, window: Window, settings: EndpointSettings) -> Endpoint:
    """Count a window that holds speech: where its sounds are, how loud."""
    begins = endpoint.run == 0 and not endpoint.speaking
    peak = max(endpoint.peak_db, *window.levels_db)
    floor = QUIETEST_DB if endpoint.floor_db is None else endpoint.floor_db
    loud = max(peak - settings.range_db, floor + settings.clear_db)
    began = window.end_ms - BLOCK_MS * len(window.levels_db)
    last = began if begins else endpoint.last_ms
    power = window.mean_power
    clear = power_of(floor + max(settings.clear_db, settings.clear_share * (peak - floor)))
    clear_ms = window.end_ms if begins or power >= clear else endpoint.clear_ms
    if window.end_ms - clear_ms <= settings.carried_ms:
        sounds = [index for index, level in enumerate(window.levels_db, start=1) if level >= loud]
        last = began + sounds[-1] * BLOCK_MS if sounds else last
    return replace(
        endpoint,
        now_ms=window.end_ms,
        start_ms=began if begins else endpoint.start_ms,
        last_ms=last,
        clear_ms=clear_ms,
        peak_db=peak,
        speech_power=endpoint.speech_power + power,
        speech_windows=endpoint.speech_windows + 1,
        noticed=endpoint.noticed or not window.playing,
    )


def _floor(floor: float | None, window: Window, settings: EndpointSettings) -> float:
    power = window.mean_power
    if floor is None:
        return decibels_of(power)
    # Silero sees a word some 100 ms late: its first windows look like noise, and must not lift the floor over it.
    power = min(power, power_of(floor + settings.floor_step_db))
    return decibels_of(power_of(floor) * (1 - settings.floor_share) + power * settings.floor_share)

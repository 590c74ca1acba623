"""Typed settings: `nightbell.toml` and `NIGHTBELL_...`, the environment first.

The file is the one that NIGHTBELL_CONFIG names, else `nightbell.toml` in the current folder, else
`~/.config/nightbell/nightbell.toml`. Paths in it are relative to the file's own folder. A name that is not
listed here is refused: a misspelt limit would otherwise be no limit. Nothing is created or opened here. What only
a line that takes calls needs stands in ``settings_line``, as the tables ``[sip]``, ``[rtp]`` and ``[serve]``; who
carries messages in ``settings_channels``, as ``[channels.sms]`` and so on; calls over HTTP in ``settings_http``.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from nightbell.errors import SettingsError
from nightbell.settings_channels import ChannelsSettings
from nightbell.settings_http import HttpSettings
from nightbell.settings_line import RtpSettings, ServeSettings, SipSettings

__all__ = ["CONFIG_NAME", "Settings", "find_config", "load_settings"]

CONFIG_NAME: Final = "nightbell.toml"
_PATHS: Final = (
    "data_dir",
    "models_dir",
    "spill_dir",
    "cache_dir",
    "certificate",
    "private_key",
    "authorities",
    "password_file",
    "token_file",
    "key_file",
    "secret_file",
)

Milliseconds = Annotated[int, Field(gt=0, le=600_000)]
REHEARSED_DECODE_LIMIT_MS = 60_000
REHEARSED_COMMIT_LIMIT_MS = 60_000


def _xdg(variable: str, fallback: str) -> Path:
    """Return an XDG base folder (freedesktop.org basedir 0.8): relative values are to be ignored."""
    value = os.environ.get(variable, "")
    return Path(value) if value.startswith("/") else Path.home() / fallback


class Settings(BaseSettings):
    """What an operator can set; every field has a default that works on one machine."""

    model_config = SettingsConfigDict(
        env_prefix="NIGHTBELL_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Field(
        default_factory=lambda: _xdg("XDG_DATA_HOME", ".local/share") / "nightbell",
        validation_alias=AliasChoices("data_dir", "NIGHTBELL_DATA", "NIGHTBELL_DATA_DIR"),
    )
    """Everything that Nightbell keeps: records, recordings, rendered prompts and, unless set apart, models."""

    cache_dir: Path = Field(default_factory=lambda: _xdg("XDG_CACHE_HOME", ".cache") / "nightbell")
    """Downloaded archives, shared by every checkout of a user; may be deleted at any time."""

    spill_dir: Path = Field(default_factory=lambda: _xdg("XDG_STATE_HOME", ".local/state") / "nightbell" / "spill")
    """Where events go when the records cannot take them; best on another disk than `data_dir`."""

    models: Path | None = Field(default=None, validation_alias=AliasChoices("models_dir", "NIGHTBELL_MODELS_DIR"))
    """Speech models, where they are not in `data_dir`; read it as `models_dir`."""

    records: str | None = Field(
        default=None, validation_alias=AliasChoices("records_url", "NIGHTBELL_RECORDS_URL")
    )
    """SQLAlchemy address of the records, where they are not in `data_dir`; read it as `records_url`."""

    voice: Literal["hibari", "espeak"] = "hibari"
    """Who speaks the prompts that have no recording of the owner's."""

    voice_name: str = "heart"
    """Which of the voice's speakers; `heart` is the one inside Hibari's package."""

    voice_seed: Annotated[int, Field(ge=0)] = 7
    """Seed of the voice's randomness: the same words give the same bytes, so prompts can be cached."""

    commit_limit_ms: Milliseconds = 500
    """A commit that takes longer counts as failed: the call takes the safe path. Beyond half a second a caller
    hears a hole."""

    decode_limit_ms: Milliseconds = 4_000
    """Longest wait for the open recogniser, in wall time; then its worker counts as hung and is replaced."""

    closed_decode_limit_ms: Milliseconds = 2_000
    """Longest wait for the closed recogniser to take a piece of sound, in wall time; then its process counts as
    hung and is replaced. Two seconds late, a caller has begun to speak again."""

    backlog_limit_ms: Milliseconds = 6_000
    """Sound of one call waiting for the recogniser at which that call goes on by keys: time for one that hangs to
    be found out twice, and no caller waits longer."""

    speech_calls: Annotated[int, Field(ge=0, le=1_000)] = 24
    """Live calls that are listened to at one time; who calls while so many are goes by keys. Twelve to a core."""

    render_limit_ms: Milliseconds = 20_000
    """Longest wait for one prompt to be rendered, in wall time; rendering happens before the first call."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe event that is logged."""

    sip: SipSettings = SipSettings()
    """Where SIP is spoken, and with whom; NIGHTBELL_SIP__LISTEN and so on."""

    rtp: RtpSettings = RtpSettings()
    """Where the sound goes."""

    serve: ServeSettings = ServeSettings()
    """How many calls are taken, how fast, and where health is told."""

    http: HttpSettings = HttpSettings()
    """Where HTTP is spoken: webhooks and media streams; nowhere unless it says so."""

    channels: ChannelsSettings = ChannelsSettings()
    """Who carries messages to people on call."""

    @property
    def models_dir(self) -> Path:
        """Folder of the speech models."""
        return self.models or self.data_dir / "models"

    @property
    def records_url(self) -> str:
        """SQLAlchemy address of the records; a SQLite file in the data folder unless set."""
        return self.records or f"sqlite+aiosqlite:///{self.data_dir / 'records.sqlite3'}"

    @property
    def recordings_dir(self) -> Path:
        """Folder of the calls' audio."""
        return self.data_dir / "recordings"

    @property
    def prompts_dir(self) -> Path:
        """Folder of the rendered prompts, named by content, voice and seed."""
        return self.data_dir / "prompts"

    def rehearsing(self, folder: Path) -> Settings:
        """Return the settings for calls that are rehearsed: fresh records in a folder, and patience.

        Such a call goes by the time of its sound, which stands still while a busy machine thinks; what counts as
        hung in a live call is only slow there.
        """
        return self.model_copy(
            update={
                "records": f"sqlite+aiosqlite:///{folder / 'records.sqlite3'}",
                "spill_dir": folder / "spill",
                "decode_limit_ms": max(self.decode_limit_ms, REHEARSED_DECODE_LIMIT_MS),
                "closed_decode_limit_ms": max(self.closed_decode_limit_ms, REHEARSED_DECODE_LIMIT_MS),
                "commit_limit_ms": max(self.commit_limit_ms, REHEARSED_COMMIT_LIMIT_MS),
            }
        )


def find_config() -> Path | None:
    """Return the settings file in force, or None when there is none.

    Raises:
        SettingsError: NIGHTBELL_CONFIG names a file that is not there.
    """
    named = os.environ.get("NIGHTBELL_CONFIG")
    if named:
        path = Path(named)
        if not path.is_file():
            raise SettingsError(f"NIGHTBELL_CONFIG names {path}, which is no file.", hint="Correct or unset it.")
        return path
    places = (Path.cwd() / CONFIG_NAME, _xdg("XDG_CONFIG_HOME", ".config") / "nightbell" / CONFIG_NAME)
    return next((place for place in places if place.is_file()), None)


def load_settings() -> Settings:
    """Read settings from file and environment.

    Raises:
        SettingsError: a name or value is wrong; the message lists every fault.
    """
    path = find_config()
    values = _read(path) if path else {}

    class Filed(Settings):
        """Settings whose last resort before the defaults is the file."""

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, values)

    try:
        return Filed()
    except ValidationError as fault:
        faults = ((".".join(str(part) for part in error["loc"]), error["msg"]) for error in fault.errors())
        lines = "; ".join(f"{name}: {message}" for name, message in faults)
        where = f"{path} or the environment (NIGHTBELL_...)" if path else "the environment (NIGHTBELL_...)"
        raise SettingsError(f"Settings do not fit: {lines}.", hint=f"Look in {where}.") from fault


def _read(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise SettingsError(f"{path} cannot be read: {fault}", hint="The file is TOML, in UTF-8.") from fault
    sip, channels, http = values.get("sip"), values.get("channels"), values.get("http")
    tables = [values, *([sip, *sip.get("trunks", []), *sip.get("users", [])] if isinstance(sip, dict) else [])]
    tables += [http, http.get("twilio"), http.get("pbx"), http.get("phone")] if isinstance(http, dict) else []
    tables += channels.values() if isinstance(channels, dict) else []
    for table in tables:
        for name in _PATHS:
            if isinstance(table, dict) and isinstance(table.get(name), str):
                table[name] = (path.resolve().parent / Path(table[name]).expanduser()).resolve()
    return values

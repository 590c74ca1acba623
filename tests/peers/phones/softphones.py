"""The two softphones of the tests, driven from outside: baresip over its control socket, linphone over its shell.

Neither touches a sound card: what they say is a file, what they hear becomes one.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from pathlib import Path

import numpy as np

from nightbell.audio.frame import RATE, Samples
from nightbell.audio.wav import read_wav, write_wav

__all__ = ["Baresip", "Linphone", "free_port"]

_BARESIP = """\
poll_method epoll
sip_listen 127.0.0.1:{sip}
net_interface 127.0.0.1
audio_player aubridge,sink
audio_source aufile,{folder}/say.wav
ausrc_srate 8000
auplay_srate 8000
rtp_ports 28000-28999
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
snd_path {folder}
"""
_LINPHONE = """\
[sip]
sip_port={sip}
sip_tcp_port=-1
sip_tls_port=-1
use_ipv6=0
ipv6_migration_done=1
guess_hostname=0
[rtp]
audio_rtp_port={rtp}
[sound]
echocancellation=0
"""
_LIMIT_S = 20.0
_ANSWERED = 32
"""What linphonecsh exits with when it is asked for its hook during a call that was taken."""


def free_port() -> int:
    """Return a UDP port that was free a moment ago, with free ones beside it for what phones open there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Baresip:
    """baresip 1.0, with its own folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._control = free_port()
        write_wav(folder / "say.wav", np.zeros(RATE * 60, dtype=np.int16))
        config = _BARESIP.format(sip=free_port(), control=self._control, folder=folder)
        (folder / "config").write_text(config)
        account = "<sip:phone@127.0.0.1>;regint=0;audio_codecs=PCMU/8000/1;dtmfmode=rtpevent\n"
        (folder / "accounts").write_text(account)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it listens to us."""
        quiet = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            "baresip", "-f", str(self._folder), stdin=quiet, stdout=quiet, stderr=quiet
        )
        async with asyncio.timeout(_LIMIT_S):
            while not await self._command("about"):  # noqa: ASYNC110 - another program opens its socket
                await asyncio.sleep(0.05)

    async def call(self, uri: str) -> None:
        """Ring."""
        await self._command("dial", uri)

    async def press(self, key: str) -> None:
        """Press one key."""
        await self._command("sndcode", key)

    async def hang_up(self) -> None:
        """Put it down."""
        await self._command("hangup")

    def heard(self) -> Samples:
        """Return what it recorded."""
        return read_wav(next(self._folder.glob("dump-*-dec.wav")))

    async def stop(self) -> None:
        """End it."""
        if self._process is not None:
            await self._command("quit")
            try:
                async with asyncio.timeout(5):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def _command(self, name: str, params: str = "") -> bool:
        """Send one command as a netstring of JSON; tell whether it was taken."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._control)
        except OSError:
            return False
        body = json.dumps({"command": name, "params": params, "token": "t"}).encode()
        writer.write(b"%d:%s," % (len(body), body))
        try:
            async with asyncio.timeout(2):
                await writer.drain()
                return bool(await reader.read(16))
        except (TimeoutError, OSError):
            return False
        finally:
            writer.close()


class Linphone:
    """linphone's daemon, with its own home."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = {**os.environ, "HOME": str(folder)}
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        write_wav(folder / "say.wav", np.zeros(RATE * 60, dtype=np.int16))
        port = free_port()
        (folder / "rc").write_text(_LINPHONE.format(sip=port, rtp=port + 2 if port < 65_000 else 29_000))

    async def start(self) -> None:
        """Start it."""
        await self._shell("init", "-c", str(self._folder / "rc"), "-l", str(self._folder / "log"))
        async with asyncio.timeout(_LIMIT_S):
            while await self._shell("generic", "soundcard use files"):  # noqa: ASYNC110 - its daemon opens a pipe
                await asyncio.sleep(0.05)

    async def call(self, uri: str) -> None:
        """Ring; give it files to say and to record to once it is answered: before, that kills it."""
        await self._shell("generic", f"call {uri}")
        async with asyncio.timeout(_LIMIT_S):
            while await self._shell("status", "hook") != _ANSWERED:  # noqa: ASYNC110 - another program tells
                await asyncio.sleep(0.05)
        await self._shell("generic", f"play {self._folder / 'say.wav'}")
        await self._shell("generic", f"record {self._folder / 'heard.wav'}")

    async def press(self, key: str) -> None:
        """Press one key."""
        await self._shell("generic", key)

    async def hang_up(self) -> None:
        """Put it down."""
        await self._shell("hangup")

    def heard(self) -> Samples:
        """Return what it recorded."""
        data = (self._folder / "heard.wav").read_bytes()
        # linphone counts its header of 44 bytes as sound
        return read_wav(data[:40] + (len(data) - 44).to_bytes(4, "little") + data[44:])

    async def stop(self) -> None:
        """End it."""
        await self._shell("exit")

    async def _shell(self, *words: str) -> int:
        """Run one command of its shell; return the exit code."""
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            "linphonecsh", *words, stdin=quiet, stdout=quiet, stderr=quiet, env=self._environment
        )
        try:
            async with asyncio.timeout(_LIMIT_S):
                return await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise

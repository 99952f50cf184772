"""The ``git`` binary, kept from everything but the one repository it was asked about."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ragstone_ingestion.connectors.errors import SourceRefused, SourceUnavailable

Result = TypeVar("Result")

_PIECE = 256 * 1024
_SAID = 2000
_FINAL = ("not found", "does not exist", "does not appear to be", "could not read Username", "Authentication failed")
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "credential.helper": "",
    # Whatever comes is kept as one file, which the limit on a file's size holds for.
    "fetch.unpackLimit": "1",
    "fetch.recurseSubmodules": "false",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "http.proxy": "",
    "protocol.allow": "never",
    "transfer.credentialsInUrl": "die",
}
# Over the limit, writing fails and git says so; by default it would be killed without a word.
_LIMITED = 'trap "" XFSZ && ulimit -f "$1" && ulimit -t "$2" && shift 2 && exec "$@"'


@dataclass(frozen=True)
class Git:
    """Commands in a bare repository of our own, ``folder``. ``protocol`` is the only one they may speak.

    Settings reach git through its environment alone, so that no secret stands among the machine's processes.
    """

    folder: Path
    protocol: str
    seconds: float
    max_bytes: int
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)

    async def run(self, *arguments: str) -> bytes:
        """What the command prints. Raises SourceRefused or SourceUnavailable, with what git said."""
        async with self.open(*arguments) as output:
            return b"".join([piece async for piece in output])

    @asynccontextmanager
    async def open(self, *arguments: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """What the command prints, as it comes; leaving early ends it. Raises as :meth:`run` at the output's end."""
        process = await self._start(arguments)
        errors = asyncio.create_task(_all_of(process.stderr))
        try:
            yield self._printed(process, errors)
        finally:
            if process.returncode is None:
                _kill(process)
            await process.wait()
            await errors

    async def _printed(self, process: asyncio.subprocess.Process, errors: asyncio.Task[bytes]) -> AsyncIterator[bytes]:
        output = process.stdout or asyncio.StreamReader()
        deadline = asyncio.get_running_loop().time() + self.seconds
        try:
            while piece := await _by(deadline, output.read(_PIECE)):
                yield piece
            status = await _by(deadline, process.wait())
        except TimeoutError as error:
            raise SourceUnavailable(f"git took more than {self.seconds:g} s") from error
        if status != 0:
            raise _failure(status, (await errors).decode(errors="replace"))

    async def _start(self, arguments: tuple[str, ...]) -> asyncio.subprocess.Process:
        binary, shell = shutil.which("git"), shutil.which("sh")
        if binary is None or shell is None:
            raise SourceRefused("there is no git on this machine")
        limits = [str(self.max_bytes // 512 + 1), str(int(self.seconds) + 1)]
        return await asyncio.create_subprocess_exec(
            *[shell, "-c", _LIMITED, "sh", *limits, binary, *arguments],
            cwd=self.folder,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        settings = _SETTINGS | {f"protocol.{self.protocol}.allow": "always"} | dict(self.settings)
        given = {f"GIT_CONFIG_KEY_{number}": name for number, name in enumerate(settings)}
        given |= {f"GIT_CONFIG_VALUE_{number}": value for number, value in enumerate(settings.values())}
        return given | {
            "GIT_CONFIG_COUNT": str(len(settings)),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ALLOW_PROTOCOL": self.protocol,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_DIR": str(self.folder),
            "HOME": str(self.folder),
            "PATH": os.defpath,
            "LC_ALL": "C",
        }


async def _by(deadline: float, work: Coroutine[Any, Any, Result]) -> Result:
    async with asyncio.timeout_at(deadline):
        return await work


def _kill(process: asyncio.subprocess.Process) -> None:
    """With its children: the transport is a process of its own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


async def _all_of(errors: asyncio.StreamReader | None) -> bytes:
    """The last of what was said; everything is read, or git would wait for a reader."""
    said = b""
    while errors is not None and (piece := await errors.read(_PIECE)):
        said = (said + piece)[-_SAID:]
    return said


def _failure(status: int, said: str) -> SourceRefused | SourceUnavailable:
    last = next((line for line in reversed(said.splitlines()) if line.startswith(("fatal:", "error:"))), "")
    if "File too large" in said:
        return SourceRefused("the repository is over the size limit")
    detail = f"git failed: {last or f'it ended with {status}'}"
    return SourceRefused(detail) if any(words in said for words in _FINAL) else SourceUnavailable(detail)

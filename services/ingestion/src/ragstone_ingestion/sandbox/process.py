"""The parent's side of one parser process."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.errors import DocumentRejected, ParserLimit
from ragstone_ingestion.sandbox.confinement import Confinement
from ragstone_ingestion.sandbox.limits import SandboxLimits
from ragstone_ingestion.sandbox.wire import LENGTH_BYTES, Answer, Ready, Request, frame, frame_length
from ragstone_kit.logs import get_logger

_log = get_logger(__name__)
_START_SECONDS = 60
_SMALL_ANSWER = 64 * 1024
"""Bytes up to which an answer is checked in less time than a thread takes to begin."""
_MODULE = "ragstone_ingestion.sandbox.child"
_REJECTIONS = {kind.code: kind for kind in DocumentRejected.__subclasses__()}
_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM)
_DEAD_PIPE = (asyncio.IncompleteReadError, ConnectionError)


class ParserFailure(RuntimeError):
    """The sandbox itself does not work; it says nothing about the document."""


class ParserKilled(ParserLimit):
    """Somebody else ended the process: an operator, or the kernel when the machine ran out of memory."""


class ParserProcess:
    """A warm process that parses one document at a time. Use :meth:`start`, and :meth:`close` in the end."""

    def __init__(
        self, process: asyncio.subprocess.Process, limits: SandboxLimits, scratch: tempfile.TemporaryDirectory[str]
    ) -> None:
        self._process = process
        self._limits = limits
        self._scratch = scratch
        self._usable = True

    @classmethod
    async def start(cls, limits: SandboxLimits, plugin_paths: Sequence[Path] = ()) -> Self:
        """A process that has confined itself. Raises ParserFailure when it does not come up."""
        scratch = tempfile.TemporaryDirectory(prefix="ragstone-parser-", ignore_cleanup_errors=True)
        confinement = Confinement(
            parent=os.getpid(),
            memory_mb=limits.memory_mb,
            seconds=limits.seconds,
            output_mb=limits.output_mb,
            plugin_paths=[str(path) for path in plugin_paths],
        )
        parser = cls(await _spawn(confinement, Path(scratch.name)), limits, scratch)
        try:
            async with asyncio.timeout(_START_SECONDS):
                Ready.model_validate_json(await parser._receive())
        except (*_DEAD_PIPE, TimeoutError, ValidationError) as error:
            said = parser._stderr()
            await parser.close()
            raise ParserFailure(f"the parser process did not start: {said}") from error
        return parser

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def usable(self) -> bool:
        return self._usable and self._process.returncode is None

    async def parse(self, request: Request) -> ParsedDocument:
        """The parsed document. Raises DocumentRejected; whenever the process cannot go on, ``usable`` is false."""
        self._usable = False
        try:
            async with asyncio.timeout(self._limits.seconds):
                answer = await self._ask(request)
        except TimeoutError:
            raise ParserLimit(f"reading the document took longer than {self._limits.seconds} s") from None
        except _DEAD_PIPE:
            raise _ended(await self._process.wait()) from None
        except ValidationError as error:
            raise ParserLimit("the parser's answer is not a document") from error
        self._usable = not answer.closing
        return _document(answer, request)

    async def close(self) -> None:
        """Kills the process and removes what it wrote."""
        self._usable = False
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._scratch.cleanup()

    async def _ask(self, request: Request) -> Answer:
        assert self._process.stdin is not None
        self._process.stdin.write(frame(request.model_dump_json().encode()))
        await self._process.stdin.drain()
        payload = await self._receive()
        if len(payload) <= _SMALL_ANSWER:
            return _validated(payload)
        return await asyncio.to_thread(_validated, payload)

    async def _receive(self) -> bytes:
        assert self._process.stdout is not None
        length = frame_length(await self._process.stdout.readexactly(LENGTH_BYTES))
        if length > self._limits.output_mb * 1024 * 1024:
            raise ParserLimit(f"the parser's answer is larger than {self._limits.output_mb} MB")
        return await self._process.stdout.readexactly(length)

    def _stderr(self) -> str:
        path = Path(self._scratch.name) / "stderr"
        return path.read_text(errors="replace")[-2000:].strip()


async def _spawn(confinement: Confinement, scratch: Path) -> asyncio.subprocess.Process:
    environment = {
        "PATH": os.defpath,
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    with (scratch / "stderr").open("wb") as errors:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-m",
            _MODULE,
            confinement.model_dump_json(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            cwd=scratch,
            env=environment,
        )


def _ended(status: int) -> ParserLimit:
    """What the end of a process in the middle of a document says about that document."""
    how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
    kind = ParserKilled if -status in _FROM_OUTSIDE else ParserLimit
    return kind(f"the parser's process ended {how}")


def _validated(payload: bytes) -> Answer:
    """The answer, when its blocks are ranges of its text in order. Raises ValidationError or ParserLimit."""
    answer = Answer.model_validate_json(payload)
    position = 0
    for block in answer.document.blocks if answer.document else []:
        sound = position <= block.start < block.end and len(block.boxes) == len(block.box_starts)
        if not sound or not all(block.start <= start < block.end for start in block.box_starts):
            raise ParserLimit("the parser's blocks are not ranges of its text")
        position = block.end
    if answer.document and position > len(answer.document.text):
        raise ParserLimit("the parser's blocks are not ranges of its text")
    return answer


def _document(answer: Answer, request: Request) -> ParsedDocument:
    if answer.trace:
        _log.warning("parser failed", media_type=request.media_type, code=answer.code, trace=answer.trace)
    if answer.document is not None:
        return answer.document
    if answer.failure:
        raise ParserFailure(f"no parser for {request.media_type} could be loaded")
    raise _REJECTIONS.get(answer.code or "", DocumentRejected)(answer.detail)

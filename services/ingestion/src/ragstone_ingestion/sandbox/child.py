"""The parser process: ``python -I -m ragstone_ingestion.sandbox.child CONFINEMENT``; requests in, answers out."""

import os
import sys
import traceback
from pathlib import Path
from typing import BinaryIO

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.errors import CorruptDocument, DocumentRejected, NoText, ParserLimit
from ragstone_ingestion.parsers.port import Parser
from ragstone_ingestion.parsers.registry import parser_for
from ragstone_ingestion.sandbox.confinement import (
    Confinement,
    SandboxViolation,
    allow_cpu,
    confine,
    peak_memory_mb,
)
from ragstone_ingestion.sandbox.wire import Answer, Ready, Request, read_frame, write_frame

_START_SECONDS = 60
_WORN_SHARE = 0.5


def main(argument: str) -> None:
    confinement = Confinement.model_validate_json(argument)
    sys.path += confinement.plugin_paths
    requests, answers = _take_pipes()
    allow_cpu(_START_SECONDS)
    ready = Ready(isolated_network=confine(confinement, requests.fileno()))
    write_frame(answers, ready.model_dump_json().encode())
    # Before anything is parsed the peak is that of the parent, which it inherits.
    worn_mb = max(peak_memory_mb(), confinement.memory_mb * _WORN_SHARE)
    parsers: dict[str, Parser] = {}
    while (payload := read_frame(requests)) is not None:
        allow_cpu(confinement.seconds)
        answer = _answer(Request.model_validate_json(payload), parsers)
        answer.closing = answer.closing or peak_memory_mb() > worn_mb
        write_frame(answers, _encoded(answer, confinement.output_mb))
        if answer.closing:
            return


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes for this protocol alone: what a parser prints goes to the log, and what it reads is empty."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    return requests, answers


def _answer(request: Request, parsers: dict[str, Parser]) -> Answer:
    try:
        parser = parsers.setdefault(request.media_type, parser_for(request.media_type))
    except DocumentRejected as rejection:
        return Answer(code=rejection.code, detail=rejection.detail)
    except Exception:  # noqa: BLE001 - an adapter that does not load is the service's failure, whatever the reason
        return Answer(failure=True, trace=traceback.format_exc(), closing=True)
    return _parse(parser, request)


def _parse(parser: Parser, request: Request) -> Answer:
    try:
        document = parser.parse(Path(request.source), request.filename)
        return Answer(document=_with_text(document))
    except DocumentRejected as rejection:
        trace = traceback.format_exc() if rejection.__cause__ else ""
        return Answer(code=rejection.code, detail=rejection.detail, trace=trace)
    except (MemoryError, RecursionError) as error:
        what = "memory" if isinstance(error, MemoryError) else "depth of nesting"
        return Answer(code=ParserLimit.code, detail=f"the document needs too much {what}", closing=True)
    except SandboxViolation as violation:
        return Answer(code=ParserLimit.code, detail=str(violation), closing=True)
    except Exception as error:  # noqa: BLE001 - what a parser trips over is the document's fault until shown otherwise
        detail = f"{request.filename} cannot be read ({type(error).__name__})"
        return Answer(code=CorruptDocument.code, detail=detail, trace=traceback.format_exc())


def _with_text(document: ParsedDocument) -> ParsedDocument:
    if not document.text.strip():
        raise NoText
    return document


def _encoded(answer: Answer, output_mb: int) -> bytes:
    payload = answer.model_dump_json(exclude_defaults=True).encode()
    if len(payload) <= output_mb * 1024 * 1024:
        return payload
    limit = Answer(code=ParserLimit.code, detail=f"the text is larger than {output_mb} MB", closing=answer.closing)
    return limit.model_dump_json().encode()


if __name__ == "__main__":
    main(sys.argv[1])

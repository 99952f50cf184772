"""The process that holds an engine folder: ``python -m ragstone_index.edge_worker FOLDER EXACT_BELOW FLUSH_AFTER``.

Reads pickled ``(method, arguments)`` on standard input and answers each with ``(worked, result or error)`` on standard
output. It ends when its input does, that is when the process that started it closes the index or dies.
"""

import os
import pickle
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

from ragstone_contracts.errors import RagstoneError, Unavailable
from ragstone_index.edge_collection import Upkeep
from ragstone_index.edge_folder import EdgeFolder, locked

_PAUSE = 1.0


def _answer(folder: EdgeFolder, method: str, arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, getattr(folder, method)(*arguments)
    except RagstoneError as error:
        return False, error
    except Exception as error:  # noqa: BLE001  the engine raises bare Exception; its words go to the caller
        return False, Unavailable(f"the vector engine failed: {error}")


def _serve(folder: EdgeFolder, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the requests end; maintain the folder between them, once a second at most."""
    maintained = time.monotonic()
    while True:
        readable, _, _ = select.select([requests], [], [], _PAUSE)
        if readable:
            try:
                method, arguments = pickle.load(requests)  # noqa: S301  the pipe of the process that started this one
            except (EOFError, pickle.UnpicklingError):
                return
            _send(answers, _answer(folder, method, arguments))
        if time.monotonic() - maintained >= _PAUSE:
            folder.maintain()
            maintained = time.monotonic()


def _send(answers: BinaryIO, answer: tuple[bool, Any]) -> None:
    pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
    answers.flush()


def main(path: Path, upkeep: Upkeep) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent closes in order
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the engine prints must not end up between answers
    try:
        with locked(path):
            _send(answers, (True, None))
            folder = EdgeFolder(path, upkeep)
            _serve(folder, sys.stdin.buffer, answers)
            folder.close()
    except RagstoneError as error:
        _send(answers, (False, error))
    except BrokenPipeError:
        sys.exit(1)  # the parent died before it could read; what was acknowledged is in the log


if __name__ == "__main__":
    main(Path(sys.argv[1]), Upkeep(*map(int, sys.argv[2:])))

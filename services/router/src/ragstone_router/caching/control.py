"""What a request says of kept answers, in ``Cache-Control`` as HTTP has it."""

import re
from dataclasses import dataclass

_MAX_AGE = re.compile(r"max-age\s*=\s*(\d+)")


@dataclass(frozen=True)
class Control:
    """``reads``: a kept answer will do, if it is not older than ``most_seconds``. ``writes``: its own may be kept."""

    reads: bool = True
    writes: bool = True
    most_seconds: float = float("inf")


def read_control(header: str) -> Control:
    said = header.lower()
    age = _MAX_AGE.search(said)
    no_store = "no-store" in said
    return Control(
        reads=not no_store and "no-cache" not in said,
        writes=not no_store,
        most_seconds=float(age[1]) if age else float("inf"),
    )

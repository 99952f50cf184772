"""What a reading library trips over, as the rejection it means."""

from collections.abc import Iterator
from contextlib import contextmanager

from ragstone_ingestion.errors import CorruptDocument, DocumentRejected, ParserLimit


@contextmanager
def damage_is_rejected(filename: str) -> Iterator[None]:
    """Turns whatever goes wrong inside into a DocumentRejected.

    What the sandbox speaks by stays as it is: MemoryError, and PermissionError for what a parser may not do.
    """
    try:
        yield
    except (DocumentRejected, MemoryError, PermissionError):
        raise
    except RecursionError as error:
        raise ParserLimit(f"{filename} is nested too deeply") from error
    except Exception as error:
        # Libraries meet a damaged file with exceptions of every kind.
        raise CorruptDocument(f"{filename} cannot be read ({type(error).__name__})") from error

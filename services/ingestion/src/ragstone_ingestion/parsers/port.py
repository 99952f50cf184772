"""The parser port."""

from pathlib import Path
from typing import Protocol

from ragstone_contracts.documents import ParsedDocument


class Parser(Protocol):
    """Reads one family of formats. Runs inside the sandbox's process, so it may block, grow and even crash.

    An adapter is a class without constructor arguments, named by an entry point of the group ``ragstone.parsers`` whose
    name is the media type it reads; it is imported when the first document of that type arrives.
    """

    media_types: frozenset[str]

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        """The document in ``source``; ``filename`` is the name it was uploaded under, for titles only.

        Raises DocumentRejected with the reason when the document cannot be taken.
        """
        ...

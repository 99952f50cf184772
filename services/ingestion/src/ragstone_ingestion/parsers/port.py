"""The parser port, for parsers of this machine and for those of a vendor."""

from pathlib import Path
from typing import Protocol

from ragstone_contracts.documents import ParsedDocument


class Parser(Protocol):
    """Reads one family of formats. Runs inside the sandbox's process, so it may block, grow and even crash.

    An adapter is a class without constructor arguments, named by an entry point of the group ``ragstone.parsers`` whose
    name is the media type it reads; it is imported when the first document of that type arrives. An alternative, which
    a collection asks for by name, has the name behind the media type: ``application/pdf;pdfplumber``.
    """

    media_types: frozenset[str]

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        """The document in ``source``; ``filename`` is the name it was uploaded under, for titles only.

        Raises DocumentRejected with the reason when the document cannot be taken.
        """
        ...


class HostedParser(Protocol):
    """Has documents read by a vendor, outside this machine. Runs in the worker, so it must neither block nor trust.

    An adapter is named by an entry point of the group ``ragstone.hosted_parsers``; the entry point is a callable that
    takes the settings an operator gave that name, a mapping of strings, and raises ValidationError for wrong ones. The
    class has ``media_types``: documents of other types are read on this machine.
    """

    media_types: frozenset[str]

    async def parse(self, source: Path, filename: str, media_type: str) -> ParsedDocument:
        """The document in ``source``, within the adapter's own limits of time and size.

        Raises DocumentRejected when the document cannot be taken, ParserMisconfigured when the vendor refuses the
        settings, and UpstreamError, Unavailable or DeadlineExceeded for what may pass.
        """
        ...

    async def close(self) -> None: ...

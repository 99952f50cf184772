"""Collections, documents, their versions and the canonical text that everything else points into."""

from enum import StrEnum
from typing import Any

from pydantic import Field, RootModel, field_validator

from ragstone_contracts.identity import EVERYONE
from ragstone_contracts.metadata import Evidence
from ragstone_contracts.model import Wire

ACL_PREFIXES = ("user:", "group:")


def checked_acl(acl: list[str]) -> list[str]:
    """The ACL with duplicates removed. Raises ValueError for an entry that names no principal, or for none at all."""
    wrong = [
        entry for entry in acl if entry != EVERYONE and not (entry.startswith(ACL_PREFIXES) and entry[6:].strip(":"))
    ]
    if wrong or not acl:
        raise ValueError(f"an ACL lists '*', 'user:ID' or 'group:ID'; not {wrong or 'nothing'}")
    return list(dict.fromkeys(acl))


class CollectionSettings(Wire):
    """How documents of a collection are cut and searched; ``None`` takes the deployment's default."""

    parser: str | None = None
    """Reads the collection's documents where it reads their type; a hosted one sends them to its vendor."""
    chunker: str | None = None
    embedder: str | None = None
    strategy: str | None = None
    infer_metadata: bool | None = None
    """Whether fields such as company and year are read from the documents themselves."""
    infer_filters: bool | None = None
    """Whether searches take the companies, years and so on that a query names as filters."""
    chunk_tokens: int | None = Field(default=None, ge=32, le=2048)
    """The most that is embedded as one, in the embedder's tokens."""
    chunk_overlap: int | None = Field(default=None, ge=0, le=1024)
    """How much of a chunk its successor repeats at most, in tokens; whole sentences only."""
    parent_tokens: int | None = Field(default=None, ge=64, le=8192)
    """The most that the chunker ``parent-child`` returns as one."""
    window_sentences: int | None = Field(default=None, ge=1, le=10)
    """Sentences that the chunker ``sentence-window`` returns on either side of the one that was found."""


class NewCollection(Wire):
    name: str = Field(min_length=1, max_length=120, pattern=r"^[\w][\w .:@-]*$")
    acl: list[str] = [EVERYONE]
    settings: CollectionSettings = CollectionSettings()

    _acl = field_validator("acl")(checked_acl)


class Collection(Wire):
    """A set of documents that are searched together.

    ``sequence`` counts activations: a chunk is visible to a query when ``born <= sequence < died``, so a version of a
    document appears and the one before it disappears in the same instant. ``index`` is where the vector index has its
    chunks, under its own id unless it was embedded anew.
    """

    id: str
    index: str | None = None
    name: str
    acl: list[str]
    settings: CollectionSettings
    documents: int = 0
    sequence: int = 0
    created_at: float
    withheld: list[str] = []
    """Documents that the caller may not find in it although the index may say so; told to other services alone."""
    access_changes: int = 0
    """Counts changes of who may see what in it, so that what was remembered for a caller can be forgotten."""

    @property
    def index_id(self) -> str:
        return self.index or self.id


class CollectionList(Wire):
    collections: list[Collection]


class DocumentState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    """Something broke and no attempt is left; the same upload may work later."""
    REJECTED = "rejected"
    """The document itself cannot be taken: wrong type, empty, locked with a password."""


class DocumentAccepted(Wire):
    document_id: str
    version: int
    job_id: str


class DocumentError(Wire):
    code: str
    detail: str


class Document(Wire):
    """Where a document stands. ``version`` is the newest one; ``active_version`` the one that answers questions."""

    document_id: str
    collection: str
    collection_id: str
    title: str
    media_type: str
    size: int
    version: int
    active_version: int | None = None
    state: DocumentState
    step: str | None = None
    progress: float = Field(ge=0, le=1)
    timings: dict[str, float] = {}
    """Seconds spent in each step of the last attempt."""
    attempts: int = 0
    eta_seconds: float | None = None
    """When it should be ready, by what ingestion was measured to need lately; only where one document is asked for."""
    error: DocumentError | None = None
    pages: int | None = None
    chunks: int | None = None
    acl: list[str]
    inherits_acl: bool = False
    """Whether the access list is its collection's and changes with it."""
    metadata: dict[str, Any] = {}
    """What the uploader said, and for a version that was read what was inferred besides."""
    provenance: dict[str, Evidence] = {}
    """Where each field of the metadata was read, candidates included; left out of lists."""
    created_at: float
    updated_at: float


class DocumentList(Wire):
    documents: list[Document]


class DocumentText(Wire):
    """A range of the canonical text; ``start`` and ``end`` count Unicode code points."""

    text: str
    start: int
    end: int
    version: int
    length: int
    """Code points of the whole canonical text."""


class Box(Wire):
    """A rectangle on a page, as fractions of its width and height from the top left corner."""

    page: int = Field(ge=1)
    x0: float
    y0: float
    x1: float
    y1: float


class BlockKind(StrEnum):
    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"
    CAPTION = "caption"


class Block(Wire):
    """A piece of structure: ``canonical[start:end]`` is its text. ``level`` is the depth, from 1, of a
    heading or of an item in lists within lists.

    ``boxes`` has one box per line where the parser knows lines; ``boxes[i]`` then covers the text from
    ``box_starts[i]`` up to the next box's start, or to the block's end.
    """

    kind: BlockKind
    start: int
    end: int
    level: int | None = None
    page: int | None = None
    boxes: list[Box] = []
    box_starts: list[int] = []


class ParsedDocument(Wire):
    """What a parser yields: the canonical text, and blocks in reading order that do not overlap."""

    text: str
    blocks: list[Block]
    title: str | None = None
    pages: int | None = None
    metadata: dict[str, Any] = {}


class DeleteReceipt(RootModel[dict[str, int]]):
    """Store -> what remains in it of an erased document; all zero when the erasure is complete."""

    @property
    def remaining(self) -> dict[str, int]:
        return self.root


class ReadBoxes(Wire):
    """Ask where ranges of a document stand on its pages; the answer has one entry per range, in order."""

    version: int
    ranges: list[tuple[int, int]]


class RangeLocation(Wire):
    text: str
    page: int | None = None
    boxes: list[Box] = []


class RangeLocations(Wire):
    locations: list[RangeLocation]

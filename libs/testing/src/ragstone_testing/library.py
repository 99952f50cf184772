"""A library of a few documents on the wires of retrieval and ingestion, in memory, for tests of what is built on them.

Documents are cut at blank lines; a search ranks the pieces by the words they share with the query.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from fastapi import FastAPI

from ragstone_contracts.documents import Box, RangeLocation, RangeLocations, ReadBoxes
from ragstone_contracts.errors import InvalidRequest, NotFound, RagstoneError
from ragstone_contracts.search import ScoredChunk, SearchRequest, SearchResponse
from ragstone_kit.problems import install_problem_handlers

_PIECE = re.compile(r"(?:(?!\n\s*\n).)+", re.DOTALL)


class Library:
    """``documents`` maps a document's id to its canonical text, which tests may change or delete under an answer.

    ``finds_everything`` makes a search return every piece, even those that share no word with the query.
    ``after_search`` is called once a search has its results. ``fault`` is raised by every call while it is set.
    """

    def __init__(self, documents: Mapping[str, str], collection: str = "handbook") -> None:
        self.documents = dict(documents)
        self.collection = collection
        self.finds_everything = False
        self.after_search: Callable[[], None] = lambda: None
        self.fault: RagstoneError | None = None
        self.queries: list[str] = []
        self.located = 0
        self.app = FastAPI()
        install_problem_handlers(self.app)
        self.app.post("/v1/search")(self.search)
        self.app.post("/v1/documents/{document_id}/locate")(self.locate)
        self.app.get("/readyz")(self.ready)

    def change(self, document_id: str, text: str | None) -> None:
        """Give a document another text, or with None delete it."""
        self.documents.pop(document_id, None)
        if text is not None:
            self.documents[document_id] = text

    async def ready(self) -> dict[str, bool]:
        return {"ready": True}

    async def search(self, request: SearchRequest) -> SearchResponse:
        self._fail_if_told_to()
        if request.collection != self.collection:
            raise NotFound("there is no such collection")
        self.queries.append(request.query)
        words = set(re.findall(r"\w+", request.query.lower()))
        scored = [(len(words & set(re.findall(r"\w+", chunk.text.lower()))), chunk) for chunk in self.chunks()]
        ranked = sorted(scored, key=lambda pair: -pair[0])
        self.after_search()
        found = [chunk for score, chunk in ranked if score or self.finds_everything]
        return SearchResponse(results=found[: request.limit], strategy="sparse", sequences={"handbook": 7})

    async def locate(self, document_id: str, wanted: ReadBoxes) -> RangeLocations:
        self._fail_if_told_to()
        self.located += 1
        if document_id not in self.documents:
            raise NotFound("there is no such document")
        text = self.documents[document_id]
        if any(not 0 <= start <= end <= len(text) for start, end in wanted.ranges):
            raise InvalidRequest("a range lies outside the text")
        box = Box(page=1, x0=0.1, y0=0.1, x1=0.9, y1=0.2)
        found = [RangeLocation(text=text[start:end], page=1, boxes=[box]) for start, end in wanted.ranges]
        return RangeLocations(locations=found)

    def chunks(self) -> Iterator[ScoredChunk]:
        for document_id, text in self.documents.items():
            for match in _PIECE.finditer(text):
                start = match.start() + len(match.group()) - len(match.group().lstrip())
                piece = match.group().strip()
                if piece:
                    yield ScoredChunk(
                        chunk_id=f"{document_id}:{start}",
                        document_id=document_id,
                        version=1,
                        title=document_id,
                        page=1,
                        start=start,
                        end=start + len(piece),
                        text=piece,
                        score=1.0,
                    )

    def _fail_if_told_to(self) -> None:
        if self.fault is not None:
            raise self.fault

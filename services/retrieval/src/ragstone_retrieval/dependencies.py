"""What the endpoint is handed."""

from typing import Annotated

from fastapi import Depends, Request

from ragstone_retrieval.search import Searcher


def _searcher(request: Request) -> Searcher:
    searcher: Searcher = request.app.state.searcher
    return searcher


SearcherDependency = Annotated[Searcher, Depends(_searcher)]

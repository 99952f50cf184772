"""What the endpoints are handed."""

from typing import Annotated

from fastapi import Depends, Request

from ragstone_retrieval.context import Assembler
from ragstone_retrieval.ranking_changes import RankingChanges
from ragstone_retrieval.search import Searcher
from ragstone_retrieval.why_not import WhyNotFound


async def _searcher(request: Request) -> Searcher:
    searcher: Searcher = request.app.state.searcher
    return searcher


SearcherDependency = Annotated[Searcher, Depends(_searcher)]


async def _assembler(request: Request) -> Assembler:
    assembler: Assembler = request.app.state.assembler
    return assembler


AssemblerDependency = Annotated[Assembler, Depends(_assembler)]


async def _ranking_changes(request: Request) -> RankingChanges:
    ranking_changes: RankingChanges = request.app.state.ranking_changes
    return ranking_changes


RankingChangesDependency = Annotated[RankingChanges, Depends(_ranking_changes)]


async def _why_not_found(request: Request) -> WhyNotFound:
    why_not_found: WhyNotFound = request.app.state.why_not_found
    return why_not_found


WhyNotDependency = Annotated[WhyNotFound, Depends(_why_not_found)]

"""A search under way: the request with everything it stands for looked up."""

from dataclasses import dataclass, field

from ragstone_contracts.documents import Collection
from ragstone_contracts.search import SearchRequest
from ragstone_index import Visibility, Where
from ragstone_kit.identity import Caller
from ragstone_retrieval.stopwatch import Stopwatch
from ragstone_retrieval.strategies import Strategy


@dataclass(frozen=True)
class Query:
    """``degraded`` collects the stages left out, ``watch`` the seconds of those that ran."""

    caller: Caller
    request: SearchRequest
    collections: list[Collection]
    strategy: Strategy
    where: Where | None
    watch: Stopwatch
    degraded: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.request.query

    def visibility_in(self, collection: Collection) -> Visibility:
        identity = self.caller.identity
        return Visibility(identity.tenant, identity.principals, collection.sequence)

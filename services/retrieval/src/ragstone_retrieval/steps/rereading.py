"""Having a model read the query with each of the best candidates."""

from collections.abc import Sequence

from ragstone_clients.router import RouterClient
from ragstone_contracts.errors import RagstoneError
from ragstone_kit.logs import get_logger
from ragstone_retrieval.candidates import Candidate
from ragstone_retrieval.errors import is_outage
from ragstone_retrieval.query import Query

_log = get_logger(__name__)


async def reread(
    router: RouterClient, query: Query, candidates: Sequence[Candidate], model: str, step: str
) -> list[Candidate] | None:
    """The candidates, each scored by the model as that step, in their order; None, and a degraded query, without it."""
    texts = [candidate.text for candidate in candidates]
    try:
        with query.watch.stage(step):
            scores = await router.rerank(query.caller, query.text, texts, model)
    except RagstoneError as error:
        if not is_outage(error):
            raise
        _log.warning("search without a step", step=step, code=error.code, detail=error.detail)
        query.degrade(step)
        return None
    return [candidate.scored(step, score) for candidate, score in zip(candidates, scores, strict=True)]

"""Measuring search: the strategies side by side over one benchmark."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.search import SearchRequest
from ragstone_evals.beir import Benchmark
from ragstone_evals.compare import compare
from ragstone_evals.corpus import ensure_collection, ingest
from ragstone_evals.dataset import Sample
from ragstone_evals.ranking import RankingScorer, rank
from ragstone_evals.run import Experiment, Run, measure
from ragstone_evals.task import Outcome, TaskContext

STRATEGIES = ("dense", "sparse", "hybrid")
DEPTH = 100
_CHUNKS = 200


class NotAsAsked(RagstoneError):
    """Search left a stage out or took another strategy, so its ranking does not measure what was asked for."""

    status, code, title = 503, "degraded_search", "Search did not run as asked"


@dataclass(frozen=True)
class Searcher:
    """Ranks the documents of a corpus by their best chunk. ``corpus_ids`` maps a document id to the corpus's own."""

    client: GatewayClient
    collection: str
    corpus_ids: dict[str, str]
    strategy: str

    async def __call__(self, sample: Sample) -> dict[str, Any]:
        request = SearchRequest(
            query=sample.input, collection=self.collection, limit=_CHUNKS, strategy=self.strategy, rerank=False
        )
        found = await self.client.search(request)
        if found.degraded or found.strategy != self.strategy:
            raise NotAsAsked(f"asked for {self.strategy}, got {found.strategy} without {found.degraded or 'nothing'}")
        scored = [(self.corpus_ids.get(chunk.document_id, chunk.document_id), chunk.score) for chunk in found.results]
        return {"ranking": rank(scored)[:DEPTH], "seconds": found.timings}


async def measure_retrieval(task: str, benchmark: Benchmark, context: TaskContext) -> Outcome:
    """A run for each strategy, and what hybrid adds to each of its legs. The corpus is ingested once."""
    collection = await ensure_collection(context.client, f"eval-{task}-{benchmark.corpus_hash[:12]}")
    corpus_ids = await ingest(
        context.client,
        collection,
        list(benchmark.corpus.values()),
        concurrency=context.concurrency,
        on_done=partial(context.on_progress, "ingest"),
    )
    runs: dict[str, Run] = {}
    for strategy in STRATEGIES:
        config = {
            "strategy": strategy,
            "chunks": _CHUNKS,
            "depth": DEPTH,
            "rerank": False,
            "corpus": {"hash": benchmark.corpus_hash, "documents": len(benchmark.corpus)},
            "collection": collection.settings.model_dump(exclude_none=True),
        }
        experiment = Experiment(task, f"{task}-{strategy}", benchmark.dataset, RankingScorer(), config)
        searcher = Searcher(context.client, collection.id, corpus_ids, strategy)
        runs[strategy] = await measure(
            experiment, searcher, concurrency=context.concurrency, on_done=partial(context.on_progress, strategy)
        )
    legs = [runs["dense"], runs["sparse"]]
    return Outcome(list(runs.values()), [compare(leg, runs["hybrid"]) for leg in legs])

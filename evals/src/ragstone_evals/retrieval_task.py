"""Measuring search: the strategies side by side over one benchmark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.search import SearchRequest, SearchResponse
from ragstone_evals.beir import Benchmark
from ragstone_evals.compare import Comparison, compare
from ragstone_evals.corpus import ensure_collection, ingest
from ragstone_evals.dataset import Sample
from ragstone_evals.ranking import RankingScorer, rank
from ragstone_evals.run import Experiment, Produce, Run, measure
from ragstone_evals.task import Outcome, TaskContext

DEPTH = 100
_CHUNKS, _FEW_CHUNKS = 200, 20


class NotAsAsked(RagstoneError):
    """Search left a stage out or took another strategy, so its ranking does not measure what was asked for."""

    status, code, title = 503, "degraded_search", "Search did not run as asked"


@dataclass(frozen=True)
class Variant:
    """A way to search that is measured under a name of its own; ``chunks`` are asked for with each query."""

    name: str
    strategy: str
    chunks: int = _CHUNKS


LEGS_AND_HYBRID = (Variant("dense", "dense"), Variant("sparse", "sparse"), Variant("hybrid", "hybrid"))


@dataclass(frozen=True)
class Plan:
    """What of a benchmark is measured how: the variants, and the pairs (before, after) of them that are compared.

    ``queries`` bounds those that are asked where each costs seconds: always the same ones, drawn by their ids.

    A variant that returns fewer chunks is measured by ``shallow``: recall at 100 of 20 chunks would be no recall.
    """

    variants: Sequence[Variant] = LEGS_AND_HYBRID
    pairs: Sequence[tuple[str, str]] = (("dense", "hybrid"), ("sparse", "hybrid"))
    scorer: RankingScorer = field(default_factory=RankingScorer)
    queries: int | None = None
    shallow: RankingScorer = field(default_factory=lambda: RankingScorer(recall=(10,)))

    def sweeping(self, strategies: Sequence[str]) -> "Plan":
        """With these strategies, if there are any, in place of its variants; those with steps are asked for less."""
        if not strategies:
            return self
        variants = [Variant(one, one, _FEW_CHUNKS if "+" in one else _CHUNKS) for one in strategies]
        return replace(self, variants=variants, pairs=[(strategies[0], one) for one in strategies[1:]])

    def scorer_of(self, variant: Variant) -> RankingScorer:
        return self.shallow if variant.chunks < _CHUNKS else self.scorer


async def search_as_asked(client: GatewayClient, request: SearchRequest) -> SearchResponse:
    """Raises NotAsAsked when the answer was made in another way than the request says."""
    found = await client.search(request)
    if found.degraded or found.strategy != request.strategy:
        missing = found.degraded or "nothing"
        raise NotAsAsked(f"asked for {request.strategy}, got {found.strategy} without {missing}")
    return found


@dataclass(frozen=True)
class Searcher:
    """Ranks the documents of a corpus by the first chunk of each. ``corpus_ids`` maps a document's id to its own."""

    client: GatewayClient
    collection: str
    corpus_ids: Mapping[str, str]
    variant: Variant

    async def __call__(self, sample: Sample) -> dict[str, Any]:
        request = SearchRequest(
            query=sample.input, collection=self.collection, limit=self.variant.chunks, strategy=self.variant.strategy
        )
        found = await search_as_asked(self.client, request)
        scored = [(self.corpus_ids.get(chunk.document_id, chunk.document_id), chunk.score) for chunk in found.results]
        return {"ranking": rank(scored)[:DEPTH], "seconds": found.timings}


async def measured(context: TaskContext, experiment: Experiment, produce: Produce) -> Run:
    """The run of an experiment, with its progress shown under its own name."""
    on_done = partial(context.on_progress, experiment.name)
    run = await measure(experiment, produce, concurrency=context.concurrency, on_done=on_done)
    context.on_run(run)
    return run


def comparisons(runs: Mapping[str, Run], pairs: Sequence[tuple[str, str]]) -> list[Comparison]:
    """What changed between runs, each pair named as (before, after)."""
    return [compare(runs[before], runs[after]) for before, after in pairs]


async def measure_retrieval(task: str, benchmark: Benchmark, context: TaskContext, plan: Plan | None = None) -> Outcome:
    """A run for each variant, and the comparisons between them. The corpus is ingested once."""
    plan = (plan or Plan()).sweeping(context.strategies)
    collection = await ensure_collection(context.client, f"eval-{task}-{benchmark.corpus_hash[:12]}")
    documents, on_done = list(benchmark.corpus.values()), partial(context.on_progress, f"{task} ingest")
    ingested = await ingest(context.client, collection, documents, concurrency=context.concurrency, on_done=on_done)
    dataset, runs = benchmark.dataset.part(plan.queries), dict[str, Run]()
    for variant in plan.variants:
        config = {
            "strategy": variant.strategy,
            "chunks": variant.chunks,
            "corpus": {"hash": benchmark.corpus_hash, **ingested.figures()},
            "collection": collection.settings.model_dump(exclude_none=True),
        }
        experiment = Experiment(task, f"{task}-{variant.name}", dataset, plan.scorer_of(variant), config)
        searcher = Searcher(context.client, collection.id, ingested.corpus_ids, variant)
        runs[variant.name] = await measured(context, experiment, searcher)
    return Outcome(list(runs.values()), comparisons(runs, plan.pairs))

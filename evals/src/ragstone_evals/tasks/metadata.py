"""What inferred filters are worth: questions about annual reports whose passages name neither company nor year.

Nothing is said to the platform about the reports: company and year are read from their covers when they come in, and
from the questions when they are asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.search import ScoredChunk, SearchRequest
from ragstone_evals.annual_reports import Report, passage_of, questions, read_reports
from ragstone_evals.corpus import ensure_collection, ingest
from ragstone_evals.dataset import Dataset, Sample, content_hash
from ragstone_evals.ranking import RankingScorer, rank
from ragstone_evals.retrieval_task import comparisons, measured, search_as_asked
from ragstone_evals.run import Experiment, Run
from ragstone_evals.task import Outcome, TaskContext

_CHUNKS = 50
_VARIANTS = {
    "sparse": ("sparse", False),
    "sparse-inferred": ("sparse", True),
    "hybrid": ("hybrid", False),
    "inferred": ("hybrid", True),
}
"""By name: the strategy, and whether filters are inferred."""
_PAIRS = [("sparse", "sparse-inferred"), ("hybrid", "inferred")]


class Metadata:
    async def run(self, context: TaskContext) -> Outcome:
        """The reports come with Ragstone; there is nothing to name with ``--data``."""
        reports = read_reports()
        dataset = Dataset("annual reports", questions(reports)[: context.limit])
        corpus = [report.document for report in reports]
        corpus_hash = content_hash([[one.id, one.text] for one in corpus])
        collection = await ensure_collection(context.client, f"eval-metadata-{corpus_hash[:12]}")
        on_done = partial(context.on_progress, "metadata ingest")
        ingested = await ingest(context.client, collection, corpus, concurrency=context.concurrency, on_done=on_done)
        by_id = {report.id: report for report in reports}
        known = {document_id: by_id[corpus_id] for document_id, corpus_id in ingested.corpus_ids.items()}
        config = {"chunks": _CHUNKS, "corpus": {"hash": corpus_hash, **ingested.figures()}}
        runs: dict[str, Run] = {}
        for name, (strategy, infer) in _VARIANTS.items():
            asked = config | {"strategy": strategy, "infer_filters": infer}
            scorer = RankingScorer(recall=(10,), hit=(1, 5, 10))
            experiment = Experiment("metadata", f"metadata-{name}", dataset, scorer, asked)
            searcher = _Searcher(context.client, collection.id, known, strategy, infer)
            runs[name] = await measured(context, experiment, searcher)
        return Outcome(list(runs.values()), comparisons(runs, _PAIRS))


@dataclass(frozen=True)
class _Searcher:
    """Ranks chunks, those that state the asked figure under the passage's name. ``reports`` are by document id."""

    client: GatewayClient
    collection: str
    reports: Mapping[str, Report]
    strategy: str
    infer: bool

    async def __call__(self, sample: Sample) -> dict[str, Any]:
        request = SearchRequest(
            query=sample.input,
            collection=self.collection,
            limit=_CHUNKS,
            strategy=self.strategy,
            infer_filters=self.infer,
        )
        found = await search_as_asked(self.client, request)
        scored = [(self._name_of(chunk, sample.metadata["figure"]), chunk.score) for chunk in found.results]
        inferred = [one.model_dump() for one in found.inferred]
        return {"ranking": rank(scored), "inferred": inferred, "seconds": found.timings}

    def _name_of(self, chunk: ScoredChunk, figure: str) -> str:
        report = self.reports.get(chunk.document_id)
        return passage_of(report, figure) if report and report.states(figure, chunk.text) else chunk.chunk_id

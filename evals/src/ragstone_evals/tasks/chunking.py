"""Retrieval of answers that are ranges of characters, from a few long documents: what cutting and fusing do to them.

All documents are in one collection, so that a question has the others' passages against it. Each cut is a collection of
its own: the deployment's default; chunks of 320 tokens, longer than small embedders read; and small children that are
found with their parents returned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.documents import Collection, CollectionSettings
from ragstone_contracts.search import SearchRequest
from ragstone_evals.beir import rows
from ragstone_evals.corpus import CorpusDocument, ensure_collection, ingest
from ragstone_evals.data_folder import NoData, folder_of
from ragstone_evals.dataset import Dataset, Sample, content_hash
from ragstone_evals.ranges import RangeScorer, locate
from ragstone_evals.retrieval_task import Plan, comparisons, measured, search_as_asked
from ragstone_evals.run import Experiment, Run
from ragstone_evals.task import Outcome, TaskContext

CUTS = {
    "": CollectionSettings(),
    "-320-tokens": CollectionSettings(chunk_tokens=320),
    "-parent-child": CollectionSettings(chunker="parent-child"),
}
PLAN = Plan()
_FIRST = 5


class Chunking:
    async def run(self, context: TaskContext) -> Outcome:
        """Raises NoData without the data set, ValueError for an answer that its document does not hold."""
        corpora, asked = read_questions(folder_of(context, "chunking"))
        asked = asked[:: max(1, len(asked) // (context.limit or len(asked)))][: context.limit]
        plan, runs = PLAN.sweeping(context.strategies), dict[str, Run]()
        for cut, settings in CUTS.items():
            runs |= await _measure(context, cut, settings, (corpora, asked))
        pairs = [(f"{before}{cut}", f"{after}{cut}") for cut in CUTS for before, after in plan.pairs]
        across = [] if context.strategies else [("hybrid", "hybrid-parent-child")]
        return Outcome(list(runs.values()), comparisons(runs, [*pairs, *across]))


def read_questions(folder: Path) -> tuple[list[CorpusDocument], list[dict[str, Any]]]:
    """The documents, and the questions as they stand in the data set. Raises NoData when there is no document."""
    files = sorted((folder / "corpora").glob("*.md"))
    if not files:
        raise NoData(f"no corpora/*.md under {folder}")
    # Without a title of their own: it would move every range.
    return [CorpusDocument(file.stem, "", file.read_text()) for file in files], list(rows(folder / "questions.jsonl"))


async def _measure(
    context: TaskContext,
    cut: str,
    settings: CollectionSettings,
    data: tuple[Sequence[CorpusDocument], Sequence[Mapping[str, Any]]],
) -> dict[str, Run]:
    """A run for each strategy over one way to cut."""
    corpora, asked = data
    corpus = {"hash": content_hash([[one.id, one.text] for one in corpora])}
    name = f"eval-chunking{cut}-{corpus['hash'][:12]}"
    collection = await ensure_collection(context.client, name, settings)
    on_done = partial(context.on_progress, f"chunking{cut} ingest")
    ingested = await ingest(context.client, collection, corpora, concurrency=context.concurrency, on_done=on_done)
    texts = {
        corpus_id: (await context.client.get_text(document_id)).text
        for document_id, corpus_id in ingested.corpus_ids.items()
    }
    dataset = Dataset("chunking", [_sample(number, row, texts) for number, row in enumerate(asked)])
    runs = {}
    for variant in PLAN.sweeping(context.strategies).variants:
        config = {"strategy": variant.strategy, "passages": _FIRST, "corpus": {**corpus, **ingested.figures()}}
        config["collection"] = settings.model_dump(exclude_none=True)
        experiment = Experiment("chunking", f"chunking-{variant.name}{cut}", dataset, RangeScorer(_FIRST), config)
        searcher = _Searcher(context.client, collection, ingested.corpus_ids, variant.strategy)
        runs[f"{variant.name}{cut}"] = await measured(context, experiment, searcher)
    return runs


def _sample(number: int, row: Mapping[str, Any], texts: Mapping[str, str]) -> Sample:
    """The question with its answers as ranges of the canonical text, which may have lost a blank here and there."""
    document = row["corpus_id"]
    ranges = [list(locate(texts[document], one["content"], one["start_index"])) for one in row["references"]]
    target = {"document": document, "ranges": ranges}
    return Sample(id=str(number), input=row["question"], target=target, metadata={"corpus": document})


@dataclass(frozen=True)
class _Searcher:
    """The first passages that a strategy returns, as ranges of the corpora."""

    client: GatewayClient
    collection: Collection
    corpus_ids: Mapping[str, str]
    strategy: str

    async def __call__(self, sample: Sample) -> dict[str, Any]:
        request = SearchRequest(query=sample.input, collection=self.collection.id, limit=_FIRST, strategy=self.strategy)
        found = await search_as_asked(self.client, request)
        passages = [[self.corpus_ids[one.document_id], one.start, one.end] for one in found.results]
        return {"passages": passages, "seconds": found.timings}

"""Retrieval on a synthetic enterprise corpus: questions and the notes they were written from. Lexically easy."""

from dataclasses import replace

from ragstone_evals.beir import Files, read_files
from ragstone_evals.data_folder import folder_of
from ragstone_evals.retrieval_task import LEGS_AND_HYBRID, Plan, measure_retrieval
from ragstone_evals.task import Outcome, TaskContext

PLAN = Plan(variants=[replace(variant, chunks=50) for variant in LEGS_AND_HYBRID])


class FitzGov:
    async def run(self, context: TaskContext) -> Outcome:
        """Raises NoData without the data set, NotBeir for one in another form."""
        folder = folder_of(context, "fitz_gov")
        files = Files(folder / "corpus.jsonl", folder / "retrieval_queries.jsonl", folder / "retrieval_qrels.tsv")
        return await measure_retrieval("fitz_gov", read_files("fitz_gov", files).limited(context.limit), context, PLAN)

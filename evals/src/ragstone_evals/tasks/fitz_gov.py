"""Retrieval on a synthetic enterprise corpus: questions and the notes they were written from. Lexically easy."""

from ragstone_evals.beir import Files, read_files
from ragstone_evals.data_folder import folder_of
from ragstone_evals.retrieval_task import measure_retrieval
from ragstone_evals.task import Outcome, TaskContext


class FitzGov:
    async def run(self, context: TaskContext) -> Outcome:
        """Raises NoData without the data set, NotBeir for one in another form."""
        folder = folder_of(context, "fitz_gov")
        files = Files(folder / "corpus.jsonl", folder / "retrieval_queries.jsonl", folder / "retrieval_qrels.tsv")
        return await measure_retrieval("fitz_gov", read_files("fitz_gov", files).limited(context.limit), context)

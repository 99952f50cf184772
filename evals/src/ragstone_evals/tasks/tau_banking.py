"""Retrieval from a bank's knowledge base: what an agent must read to serve a customer, sought by the customer's story.

The query is the whole brief of the simulated customer, who they are and how to behave included: nobody has yet written
a query, and what a conversation would reveal bit by bit is all there. So it is long and says much that is beside the
point; an agent that asks one thing at a time has an easier task.
"""

from pathlib import Path

from ragstone_evals.beir import Benchmark, NotBeir, rows
from ragstone_evals.corpus import CorpusDocument
from ragstone_evals.data_folder import folder_of
from ragstone_evals.dataset import Dataset, Sample
from ragstone_evals.ranking import RankingScorer
from ragstone_evals.retrieval_task import Plan, measure_retrieval
from ragstone_evals.task import Outcome, TaskContext

_LONGEST = 8000
"""Characters a query may have."""
PLAN = Plan(scorer=RankingScorer(recall=(20, 100)))


class TauBanking:
    async def run(self, context: TaskContext) -> Outcome:
        """Raises NoData without the data set, NotBeir for one in another form."""
        benchmark = read_tasks(folder_of(context, "tau_banking"))
        return await measure_retrieval("tau_banking", benchmark.limited(context.limit), context, PLAN)


def read_tasks(folder: Path) -> Benchmark:
    """The knowledge base, and each task with the documents it needs, all equally relevant. Raises NotBeir."""
    try:
        corpus = {
            row["id"]: CorpusDocument(row["id"], row["title"], row["content"], markdown=True)
            for row in rows(folder / "documents.jsonl")
        }
        samples = [
            Sample(
                id=row["id"],
                input=row["user_scenario"]["instructions"][:_LONGEST],
                target=dict.fromkeys(row["required_documents"], 1),
            )
            for row in rows(folder / "tasks.jsonl")
        ]
    except (OSError, KeyError, ValueError) as error:
        raise NotBeir(f"{folder} does not hold tau_banking: {error}") from error
    return Benchmark(Dataset("tau_banking", samples), corpus)

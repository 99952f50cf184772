"""Retrieval on the development half of SciFact: claims, and the abstracts that bear them out or refute them."""

from ragstone_evals.beir import read_benchmark
from ragstone_evals.data_folder import folder_of
from ragstone_evals.retrieval_task import LEGS_AND_HYBRID, Plan, Variant, measure_retrieval
from ragstone_evals.task import Outcome, TaskContext

PLAN = Plan(
    variants=(*LEGS_AND_HYBRID, Variant("rrf", "rrf")),
    pairs=(("dense", "hybrid"), ("sparse", "hybrid"), ("rrf", "hybrid")),
)
_REREAD = 20
REREAD = Plan(
    variants=(
        Variant("first-20", "hybrid", _REREAD),
        Variant("late", "hybrid+late", _REREAD),
        Variant("rerank", "hybrid+rerank", _REREAD),
    ),
    pairs=(("first-20", "late"), ("first-20", "rerank")),
    queries=200,
)
"""What reading the first hits again adds; each query costs a model's reading of twenty passages."""


class SciFact:
    async def run(self, context: TaskContext) -> Outcome:
        """Raises NoData without the data set, NotBeir for one in another form."""
        return await _measure(context, PLAN)


class SciFactReread:
    async def run(self, context: TaskContext) -> Outcome:
        """Over the same collection. Raises as :class:`SciFact` does."""
        return await _measure(context, REREAD)


async def _measure(context: TaskContext, plan: Plan) -> Outcome:
    benchmark = read_benchmark("SciFact", folder_of(context, "scifact"), "train")
    return await measure_retrieval("scifact", benchmark.limited(context.limit), context, plan)

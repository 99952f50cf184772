"""Retrieval on the development half of SciFact: claims, and the abstracts that bear them out or refute them."""

from ragstone_evals.beir import read_benchmark
from ragstone_evals.data_folder import folder_of
from ragstone_evals.retrieval_task import LEGS_AND_HYBRID, Plan, Variant, measure_retrieval
from ragstone_evals.task import Outcome, TaskContext

_REREAD, _REREAD_QUERIES = 20, 200
PLAN = Plan(
    variants=(
        *LEGS_AND_HYBRID,
        Variant("rrf", "rrf"),
        Variant("late", "hybrid+late", _REREAD, _REREAD_QUERIES),
        Variant("rerank", "hybrid+rerank", _REREAD, _REREAD_QUERIES),
    ),
    pairs=(
        ("dense", "hybrid"),
        ("sparse", "hybrid"),
        ("rrf", "hybrid"),
        ("hybrid", "late"),
        ("hybrid", "rerank"),
    ),
)


class SciFact:
    async def run(self, context: TaskContext) -> Outcome:
        """Raises NoData without the data set, NotBeir for one in another form."""
        benchmark = read_benchmark("SciFact", folder_of(context, "scifact"), "train")
        return await measure_retrieval("scifact", benchmark.limited(context.limit), context, PLAN)

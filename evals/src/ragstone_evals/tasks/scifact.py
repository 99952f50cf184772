"""Retrieval on the development half of SciFact: claims, and the abstracts that bear them out or refute them."""

from pathlib import Path

from ragstone_evals.beir import NotBeir, read_benchmark
from ragstone_evals.retrieval_task import measure_retrieval
from ragstone_evals.task import Outcome, TaskContext

_REPOSITORY = Path(__file__).resolve().parents[4]
DEFAULT_DATA = _REPOSITORY.parent / "shared" / "data" / "scifact"


class SciFact:
    async def run(self, context: TaskContext) -> Outcome:
        """Raises NotBeir when the data set is neither given nor at its default place."""
        folder = context.data or DEFAULT_DATA
        if not folder.is_dir():
            raise NotBeir("SciFact is not shipped: name the folder that holds it in the form of BEIR with --data")
        benchmark = read_benchmark("SciFact", folder, "train")
        if context.limit is not None and context.limit < len(benchmark.dataset.samples):
            benchmark = benchmark.part(context.limit)
        return await measure_retrieval("scifact", benchmark, context)

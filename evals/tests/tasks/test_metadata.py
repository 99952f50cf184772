"""The metadata task over the public API's shapes."""

from ragstone_clients.gateway import GatewayClient
from ragstone_evals.annual_reports import read_reports
from ragstone_evals.task import TaskContext, task_names
from ragstone_evals.tasks.metadata import Metadata


async def test_each_strategy_is_measured_with_and_without_inferred_filters(client: GatewayClient) -> None:
    outcome = await Metadata().run(TaskContext(client, None, 4, 4, lambda stage, done, total: None))
    assert [(run.name, run.config["infer_filters"]) for run in outcome.runs] == [
        ("metadata-sparse", False),
        ("metadata-sparse-inferred", True),
        ("metadata-hybrid", False),
        ("metadata-inferred", True),
    ]
    for run in outcome.runs:
        assert len(run.items) == 4
        assert {"hit@1", "hit@5", "hit@10"} <= run.items[0].scores.keys()
        assert run.config["corpus"]["documents"] == len(read_reports())
    assert [(one.before.name, one.after.name) for one in outcome.comparisons] == [
        ("metadata-sparse", "metadata-sparse-inferred"),
        ("metadata-hybrid", "metadata-inferred"),
    ]


def test_the_task_is_installed() -> None:
    assert "metadata" in task_names()

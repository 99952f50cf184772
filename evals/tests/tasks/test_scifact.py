"""The whole of a task, over the public API's shapes, with a data set made up here."""

import json
from pathlib import Path

import pytest

from ragstone_clients.gateway import DocumentNotReady, GatewayClient
from ragstone_evals.beir import NotBeir
from ragstone_evals.data_folder import NoData
from ragstone_evals.task import Outcome, TaskContext, UnknownTask, load_task, task_names
from ragstone_evals.tasks.scifact import PLAN, SciFact
from ragstone_testing.public_api import REJECTED, PublicApiState

STONES = ["granite", "basalt", "marble", "slate", "quartz", "gneiss", "chalk", "flint"]


def write_beir(folder: Path, *, spoil: str = "") -> Path:
    """A query for every second stone, one relevant document each, a chunk apart from the document's first."""
    rows = [
        {"_id": f"s/{n}", "title": stone, "text": f"Found in hills.{spoil}\n\nThe stone {stone} is number {n}."}
        for n, stone in enumerate(STONES)
    ]
    queries = [{"_id": f"q{n}", "text": f"which number is {STONES[n]}"} for n in range(len(STONES))]
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in queries))
    grades = "".join(f"q{n}\ts/{n}\t1\n" for n in range(0, len(STONES), 2))
    (folder / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\n" + grades)
    return folder


async def _run(client: GatewayClient, data: Path, limit: int | None = None) -> Outcome:
    return await SciFact().run(TaskContext(client, data, limit, 4, lambda stage, done, total: None))


async def test_every_strategy_is_measured_and_hybrid_is_compared_with_its_legs(
    client: GatewayClient, tmp_path: Path
) -> None:
    outcome = await _run(client, write_beir(tmp_path))
    names = [f"scifact-{variant.name}" for variant in PLAN.variants]
    assert [run.name for run in outcome.runs] == names
    for run in outcome.runs:
        assert [item.sample for item in run.items] == ["q0", "q2", "q4", "q6"]
        assert {item.output["ranking"][0][0] for item in run.items} == {"s/0", "s/2", "s/4", "s/6"}
        assert {item.scores["nDCG@10"] for item in run.items} == {1.0}
        assert run.config["corpus"]["documents"] == len(STONES)
    compared = [(one.before.name, one.after.name) for one in outcome.comparisons]
    assert {("scifact-dense", "scifact-hybrid"), ("scifact-sparse", "scifact-hybrid")} < set(compared)


async def test_a_second_run_uploads_nothing_and_measures_the_same(
    client: GatewayClient, api: PublicApiState, tmp_path: Path
) -> None:
    data = write_beir(tmp_path)
    first, uploads = await _run(client, data), api.uploads
    second = await _run(client, data)
    assert uploads == api.uploads == len(STONES)
    scores = [[[item.scores for item in run.items] for run in outcome.runs] for outcome in (first, second)]
    assert scores[0] == scores[1]


async def test_an_interrupted_ingestion_goes_on_where_it_stopped(
    client: GatewayClient, api: PublicApiState, tmp_path: Path
) -> None:
    data = write_beir(tmp_path)
    await _run(client, data)
    for document_id in list(api.documents)[3:]:
        await client.delete_document(document_id)
    await _run(client, data)
    assert api.uploads == len(STONES) + len(STONES) - 3


async def test_a_busy_platform_is_asked_again(client: GatewayClient, api: PublicApiState, tmp_path: Path) -> None:
    api.busy_uploads = 5
    await _run(client, write_beir(tmp_path))
    assert len(api.documents) == len(STONES)


async def test_a_document_that_is_not_taken_ends_the_run(client: GatewayClient, tmp_path: Path) -> None:
    with pytest.raises(DocumentNotReady):
        await _run(client, write_beir(tmp_path, spoil=REJECTED.decode()))


async def test_a_search_without_its_dense_stage_is_a_failure_and_no_figure(
    client: GatewayClient, api: PublicApiState, tmp_path: Path
) -> None:
    api.without_dense = True
    dense, sparse, hybrid, *_ = (await _run(client, write_beir(tmp_path))).runs
    for run in (dense, hybrid):
        assert {item.failure for item in run.items} == {
            f"degraded_search: asked for {run.config['strategy']}, got {run.config['strategy']} without ['dense']"
        }
    assert all(item.failure is None for item in sparse.items)


async def test_a_part_keeps_the_relevant_documents_and_has_its_own_collection(
    client: GatewayClient, api: PublicApiState, tmp_path: Path
) -> None:
    data = write_beir(tmp_path)
    whole, part = await _run(client, data), await _run(client, data, limit=2)
    assert part.runs[0].dataset.samples == 2
    assert {item.scores["R@100"] for item in part.runs[2].items} == {1.0}
    assert whole.runs[0].dataset.content_hash != part.runs[0].dataset.content_hash
    again = await _run(client, data, limit=2)
    assert again.runs[0].dataset == part.runs[0].dataset


async def test_a_folder_without_the_data_is_named(client: GatewayClient, tmp_path: Path) -> None:
    with pytest.raises(NoData, match="--data"):
        await _run(client, tmp_path / "nowhere")
    with pytest.raises(NotBeir, match=r"corpus\.jsonl"):
        await _run(client, tmp_path)


async def test_a_grade_for_an_unknown_document_is_refused(client: GatewayClient, tmp_path: Path) -> None:
    data = write_beir(tmp_path)
    with (data / "qrels" / "train.tsv").open("a") as grades:
        grades.write("q1\ts/99\t1\n")
    with pytest.raises(NotBeir, match="s/99"):
        await _run(client, data)


def test_the_task_is_found_by_its_entry_point() -> None:
    assert "scifact" in task_names()
    assert isinstance(load_task("scifact"), SciFact)
    with pytest.raises(UnknownTask, match="scifact"):
        load_task("nothing")

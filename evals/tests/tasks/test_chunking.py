import json
from pathlib import Path

import pytest

from ragstone_clients.gateway import GatewayClient
from ragstone_evals.data_folder import NoData
from ragstone_evals.task import Outcome, TaskContext
from ragstone_evals.tasks.chunking import Chunking
from ragstone_testing.public_api import PublicApiState

TEXT = "Granite is grey.\n\nMarble is white and is quarried in hills.\n\nSlate is thin."


def write_questions(folder: Path, answer: str = "Marble is white") -> Path:
    (folder / "corpora").mkdir(parents=True)
    (folder / "corpora" / "stones.md").write_text(TEXT)
    (folder / "corpora" / "birds.md").write_text("Finches sing.\n\nOwls hunt at night.")
    reference = {"content": answer, "start_index": TEXT.find(answer)}
    row = {"question": "which colour is marble", "references": [reference], "corpus_id": "stones"}
    (folder / "questions.jsonl").write_text((json.dumps(row) + "\n") * 2)
    return folder


async def _run(client: GatewayClient, data: Path) -> Outcome:
    return await Chunking().run(TaskContext(client, data, None, 4, lambda stage, done, total: None))


async def test_answers_are_ranges_of_the_platforms_own_text(
    client: GatewayClient, api: PublicApiState, tmp_path: Path
) -> None:
    outcome = await _run(client, write_questions(tmp_path))
    settings = [collection.settings.model_dump(exclude_none=True) for collection in api.collections.values()]
    assert settings == [{}, {"chunk_tokens": 320}, {"chunker": "parent-child"}]
    names = {run.name for run in outcome.runs}
    assert {"chunking-sparse", "chunking-hybrid", "chunking-hybrid-parent-child"} <= names
    for run in outcome.runs:
        assert {item.scores["recall@5"] for item in run.items} == {1.0}


async def test_an_answer_that_is_nowhere_is_said(client: GatewayClient, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'Marble is blue' is not in its corpus"):
        await _run(client, write_questions(tmp_path, "Marble is blue"))


async def test_a_folder_without_documents_is_named(client: GatewayClient, tmp_path: Path) -> None:
    with pytest.raises(NoData, match="--data"):
        await _run(client, tmp_path / "nowhere")
    with pytest.raises(NoData, match="corpora"):
        await _run(client, tmp_path)

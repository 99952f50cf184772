import json
from pathlib import Path

import pytest

from ragstone_clients.gateway import GatewayClient
from ragstone_evals.beir import NotBeir
from ragstone_evals.task import TaskContext
from ragstone_evals.tasks.tau_banking import TauBanking, read_tasks
from ragstone_testing.public_api import PublicApiState


def write_bank(folder: Path) -> Path:
    documents = [{"id": name, "title": name.title(), "content": f"All about the {name}."} for name in ("card", "loan")]
    brief = {"user_scenario": {"instructions": "You ask about the loan."}, "required_documents": ["loan"]}
    tasks = [{"id": f"t{number}", **brief} for number in range(2)]
    (folder / "documents.jsonl").write_text("".join(json.dumps(row) + "\n" for row in documents))
    (folder / "tasks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in tasks))
    return folder


async def test_a_task_is_its_brief_and_the_documents_it_needs(
    client: GatewayClient, api: PublicApiState, tmp_path: Path
) -> None:
    outcome = await TauBanking().run(
        TaskContext(client, write_bank(tmp_path), None, 4, lambda stage, done, total: None)
    )
    assert sorted(document.title for document in api.documents.values()) == ["card.md", "loan.md"]
    for run in outcome.runs:
        assert {item.scores["R@20"] for item in run.items} == {1.0}


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotBeir):
        read_tasks(tmp_path)

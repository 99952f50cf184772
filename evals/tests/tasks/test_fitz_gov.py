import json
from pathlib import Path

from ragstone_clients.gateway import GatewayClient
from ragstone_evals.task import TaskContext
from ragstone_evals.tasks.fitz_gov import FitzGov
from ragstone_testing.public_api import PublicApiState


async def test_twins_are_one_document_and_blank_ones_none(
    client: GatewayClient, api: PublicApiState, tmp_path: Path
) -> None:
    rows = [
        {"_id": "a", "title": "Leave", "text": "Thirty days a year."},
        {"_id": "b", "title": "Leave", "text": "Thirty days a year."},
        {"_id": "c", "title": "Pay", "text": "On the last day."},
        {"_id": "c", "title": "Pay", "text": "By transfer."},
        {"_id": "d", "title": "", "text": " "},
    ]
    queries = [{"_id": "q1", "text": "days a year"}, {"_id": "q2", "text": "by transfer"}]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "retrieval_queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in queries))
    (tmp_path / "retrieval_qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tb\t1\nq2\tc\t1\n")
    outcome = await FitzGov().run(TaskContext(client, tmp_path, None, 4, lambda stage, done, total: None))
    assert len(api.documents) == 2
    for run in outcome.runs:
        assert [item.output["ranking"][0][0] for item in run.items] == ["a", "c"]
        assert {item.scores["nDCG@10"] for item in run.items} == {1.0}

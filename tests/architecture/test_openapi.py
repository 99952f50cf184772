import pytest
from tools import openapi

from ragstone_contracts.errors import PROBLEM_MEDIA_TYPE

PROMISED = {
    "/v1/collections": {"get", "post"},
    "/v1/collections/{collection_id}": {"patch", "delete"},
    "/v1/collections/{collection_id}/reindex": {"get", "post", "delete"},
    "/v1/connectors": {"get", "post"},
    "/v1/connectors/{connector_id}": {"get", "delete"},
    "/v1/connectors/{connector_id}/sync": {"post"},
    "/v1/connectors/{connector_id}/items": {"get"},
    "/v1/documents": {"get", "post"},
    "/v1/documents/{document_id}": {"get", "patch", "delete"},
    "/v1/documents/{document_id}/text": {"get"},
    "/v1/documents/{document_id}/file": {"get"},
    "/v1/search": {"post"},
    "/v1/search/why-not": {"post"},
    "/v1/context": {"post"},
    "/v1/chat": {"post"},
    "/v1/guard": {"post"},
    "/v1/chat/completions": {"post"},
    "/v1/embeddings": {"post"},
    "/v1/models": {"get"},
}


def test_the_snapshot_of_the_public_api_is_fresh() -> None:
    assert openapi.SNAPSHOT.read_text() == openapi.rendered(), "run 'make openapi' and look at what changed"


@pytest.mark.parametrize("path", PROMISED)
def test_every_promised_route_is_there_and_declares_its_errors(path: str) -> None:
    route = openapi.public_api()["paths"][path]
    assert set(route) == PROMISED[path]
    for operation in route.values():
        assert PROBLEM_MEDIA_TYPE in operation["responses"]["4XX"]["content"]

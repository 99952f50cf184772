import time

import pytest
from fastapi import FastAPI

from ragstone_contracts.errors import DeadlineExceeded, RagstoneError, RemoteProblem
from ragstone_contracts.identity import Identity
from ragstone_kit.identity import IdentityTokens
from ragstone_kit.service_client import ServiceClient
from ragstone_kit.transport import AsgiTransport

from .conftest import Number


@pytest.fixture
def client(app: FastAPI) -> ServiceClient:
    return ServiceClient(AsgiTransport(app))


async def test_typed_models_go_and_come(client: ServiceClient) -> None:
    assert (await client.post(None, "/double", Number(value=21), Number)).value == 42


async def test_an_error_keeps_its_code_status_and_members_across_a_hop(client: ServiceClient) -> None:
    with pytest.raises(RemoteProblem) as caught:
        async with client.open(None, "GET", "/conflict"):
            pass
    error = caught.value
    assert (error.status, error.code, error.detail) == (409, "conflict", "two of them")
    assert error.extra["who"] == "both"
    assert error.retry_after == 7


async def test_an_invalid_body_is_refused_with_the_place_it_is_wrong_in(client: ServiceClient) -> None:
    with pytest.raises(RagstoneError, match=r"body\.value") as caught:
        await client.post(None, "/double", Identity(tenant="t", user="u"), Number)
    assert caught.value.code == "invalid_request"


async def test_a_bug_is_a_problem_document_that_tells_nothing_of_its_inside(client: ServiceClient) -> None:
    with pytest.raises(RemoteProblem) as caught:
        async with client.open(None, "GET", "/bug"):
            pass
    assert caught.value.code == "internal"
    assert "ZeroDivision" not in caught.value.detail


async def test_an_unknown_route_is_a_problem_document_too(client: ServiceClient) -> None:
    with pytest.raises(RemoteProblem) as caught:
        async with client.open(None, "GET", "/nowhere"):
            pass
    assert caught.value.code == "not_found"


@pytest.mark.requirement("RTR-8")
async def test_a_caller_whose_deadline_has_passed_is_not_sent_on(client: ServiceClient, tokens: IdentityTokens) -> None:
    caller = tokens.mint(Identity(tenant="t", user="u", deadline=time.time() - 1))
    with pytest.raises(DeadlineExceeded):
        await client.post(caller, "/double", Number(value=1), Number)

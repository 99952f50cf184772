from typing import Any

import pytest

from ragstone_router.prices.table import shipped_table
from ragstone_router.prices.terms import terms_of
from ragstone_router.providers.opening import ProviderConfig
from ragstone_router.routing.file import DeploymentConfig

OPENAI = ProviderConfig(kind="openai")


def terms(provider: ProviderConfig | None = OPENAI, **said: Any) -> Any:
    config = DeploymentConfig.model_validate({"provider": "here", "model": "gpt-4o", **said})
    return terms_of(config, provider, shipped_table())


def test_a_price_that_is_not_said_is_the_tables() -> None:
    found = terms()
    assert (found.price.input, found.price.output, found.price.cached) == (2.5, 10, 1.25)
    assert found.source.startswith("OpenAI, API pricing, 20")
    assert found.context == 128_000


def test_what_the_file_says_comes_before_the_table() -> None:
    found = terms(price={"input": 1, "output": 2}, context=1000, capabilities=["tools"])
    assert (found.price.input, found.source) == (1, "the routes file")
    assert (found.context, found.capabilities) == (1000, {"tools"})
    assert terms(price="free").price.output == 0


def test_a_model_the_table_does_not_have_is_of_unknown_price() -> None:
    found = terms(model="gpt-4o-of-tomorrow")
    assert (found.price, found.source) == (None, "unknown")


def test_the_vendors_price_is_not_that_of_another_address() -> None:
    assert terms(ProviderConfig(kind="openai", url="http://127.0.0.1:1/v1")).price is None


def test_what_a_model_lacks_it_is_not_asked_for() -> None:
    found = terms(ProviderConfig(kind="anthropic"), model="claude-haiku-4-5")
    assert found.capabilities == {"tools", "json_schema", "vision"}


@pytest.mark.parametrize("model", ["ragstone-extractive", "gpt-4o"])
def test_our_own_models_are_free(model: str) -> None:
    found = terms(None, model=model)
    assert (found.price.input, found.source) == (0, "a model of our own")

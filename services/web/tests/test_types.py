"""The page's types name exactly the fields that the contracts have."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from ragstone_contracts import chat, documents, errors, search

_TYPES = (Path(__file__).parents[1] / "app" / "api" / "types.ts").read_text()
_INTERFACES = re.findall(r"export interface (\w+) \{\n(.*?)\n\}", _TYPES, re.DOTALL)


def _model(name: str) -> type[BaseModel]:
    for module in (chat, documents, errors, search):
        found: object = getattr(module, name, None)
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    raise AssertionError(f"types.ts has an interface {name} that no contract has")


@pytest.mark.parametrize(("name", "body"), _INTERFACES, ids=[name for name, _ in _INTERFACES])
def test_an_interface_has_the_fields_of_its_contract(name: str, body: str) -> None:
    fields = set(re.findall(r"^  (\w+)\??:", body, re.MULTILINE))
    assert fields == set(_model(name).model_fields)


def test_every_kind_of_chat_event_is_known_to_the_page() -> None:
    kinds = {str(model.model_fields["type"].default) for model in vars(chat).values() if _is_event(model)}
    assert kinds == set(re.findall(r'^  type: "(\w+)";', _TYPES, re.MULTILINE))


def _is_event(model: object) -> bool:
    return isinstance(model, type) and issubclass(model, BaseModel) and model.__name__.endswith("Event")

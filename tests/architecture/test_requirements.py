import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def tool(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("requirements_tool", root / "tools" / "requirements.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_id_a_test_claims_is_promised_on_the_page(tool: ModuleType, root: Path) -> None:
    ids = tool.promised_ids(tool.PAGE.read_text())
    assert len(ids) > 60
    assert set(tool.proofs(root)) <= set(ids)


def test_marks_are_found_on_functions_and_classes(tool: ModuleType) -> None:
    source = (
        '@pytest.mark.requirement("A-1", "A-2")\ndef test_x(): ...\n@pytest.mark.requirement("B-1")\nclass TestY: ...'
    )
    assert list(tool.claims(source)) == [("A-1", "test_x"), ("A-2", "test_x"), ("B-1", "TestY")]

import pytest

from ragstone_guardrails.panel import Panel
from ragstone_guardrails.registry import load_guards


@pytest.fixture
def panel() -> Panel:
    """All installed guards with their own actions."""
    return Panel(load_guards())

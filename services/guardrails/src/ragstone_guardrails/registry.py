"""Finds the guards that are installed."""

from collections.abc import Collection
from importlib.metadata import entry_points

from ragstone_guardrails.port import Guard

GROUP = "ragstone.guards"


def load_guards(names: Collection[str] | None = None) -> list[Guard]:
    """The installed guards, or those named. Raises ValueError for a name that no installed package provides."""
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    wanted = sorted(found) if names is None else list(dict.fromkeys(names))
    missing = [name for name in wanted if name not in found]
    if missing:
        raise ValueError(f"no guard is installed under {missing}; there are {sorted(found)}")
    return [found[name].load()() for name in wanted]

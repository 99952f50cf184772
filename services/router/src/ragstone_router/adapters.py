"""Stores that routers share: packages bring them along, entry points name them, and use imports them."""

from importlib.metadata import entry_points
from typing import Any

from ragstone_contracts.errors import InvalidRequest


def adapter(group: str, url: str) -> Any:
    """The class that the group's entry point for the scheme of ``url`` names. Raises InvalidRequest without one.

    It is imported only now: what it needs is not part of the lean install.
    """
    scheme = url.partition(":")[0]
    found = entry_points(group=group, name=scheme)
    if not found:
        raise InvalidRequest(f"no store of '{group}' is called as in '{scheme}:'")
    return next(iter(found)).load()

"""What a request may cost and how long it may take, as its headers say."""

import math
import time
from collections.abc import Mapping

from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.identity import Identity

BUDGET_HEADER = "x-ragstone-budget-usd"
DEADLINE_HEADER = "x-ragstone-deadline-seconds"


def bounded(identity: Identity, headers: Mapping[str, str]) -> Identity:
    """The identity with the bounds of the request. Raises InvalidRequest for what is no amount."""
    budget, seconds = _amount(headers, BUDGET_HEADER), _amount(headers, DEADLINE_HEADER)
    deadline = None if seconds is None else time.time() + seconds
    return identity.model_copy(update={"budget_usd": budget, "deadline": deadline})


def _amount(headers: Mapping[str, str], name: str) -> float | None:
    if (said := headers.get(name)) is None:
        return None
    try:
        amount = float(said)
    except ValueError as error:
        raise InvalidRequest(f"the header {name} is no number: '{said[:40]}'") from error
    if not math.isfinite(amount) or amount < 0:
        raise InvalidRequest(f"the header {name} must be a number of at least 0")
    return amount

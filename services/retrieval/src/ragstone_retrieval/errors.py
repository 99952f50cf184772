"""What retrieval refuses."""

from ragstone_contracts.errors import InvalidRequest, RagstoneError


class InvalidFilter(InvalidRequest):
    code, title = "invalid_filter", "A filter is neither a value nor a list of values"


class UnknownStrategy(InvalidRequest):
    code, title = "unknown_strategy", "The collection asks for a strategy that retrieval does not know"


def is_outage(error: RagstoneError) -> bool:
    """True for errors that say a service is away or overloaded, not that the request to it was wrong."""
    return error.status >= 500 or error.status == 429

"""What retrieval refuses."""

from ragstone_contracts.errors import InvalidRequest, RagstoneError


class InvalidFilter(InvalidRequest):
    """``path`` names the part of the filters that is wrong."""

    code, title = "invalid_filter", "A filter is not one that can be understood"


class UnknownField(InvalidRequest):
    """``nearest`` are the fields with the most similar names."""

    code, title = "unknown_field", "A filter asks for a field that no document has"


class UnknownStrategy(InvalidRequest):
    code, title = "unknown_strategy", "The collection asks for a strategy that retrieval does not know"


class InvalidStepNumber(InvalidRequest):
    code, title = "invalid_step_number", "The number of a strategy's step is not one that it takes"


def is_outage(error: RagstoneError) -> bool:
    """True for errors that say a service is away or overloaded, not that the request to it was wrong."""
    return error.status >= 500 or error.status == 429

"""Why something was not fetched, each with its own code."""

from ragstone_contracts.errors import DeadlineExceeded, RagstoneError, TooLarge


class EgressRefused(RagstoneError):
    """The rules do not let this request leave. ``reason`` names the rule; the detail tells no address it led to."""

    status, code, title = 422, "egress_refused", "Requests to this address are not allowed"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail, reason=reason)
        self.reason = reason


class AnswerTooLarge(TooLarge):
    title = "The answer is over the limit"


class TimedOut(DeadlineExceeded):
    code, title = "timed_out", "The answer took too long"

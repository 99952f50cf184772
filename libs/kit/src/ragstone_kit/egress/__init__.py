"""The one way out to addresses that users, documents or models name."""

from ragstone_kit.egress.errors import AnswerTooLarge, EgressRefused, TimedOut
from ragstone_kit.egress.fetcher import EgressFetcher, EgressRequest, FetchedResponse
from ragstone_kit.egress.resolving import Resolver, system_resolver
from ragstone_kit.egress.rules import EgressRules

__all__ = [
    "AnswerTooLarge",
    "EgressFetcher",
    "EgressRefused",
    "EgressRequest",
    "EgressRules",
    "FetchedResponse",
    "Resolver",
    "TimedOut",
    "system_resolver",
]

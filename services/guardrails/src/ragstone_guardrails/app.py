"""The guardrails service."""

from collections.abc import Sequence

from fastapi import FastAPI

from ragstone_guardrails.endpoints import router
from ragstone_guardrails.panel import Panel, Policy
from ragstone_guardrails.port import Guard
from ragstone_guardrails.registry import load_guards
from ragstone_guardrails.settings import GuardrailsSettings
from ragstone_kit.app import create_service


def create_app(settings: GuardrailsSettings, *, guards: Sequence[Guard] | None = None) -> FastAPI:
    """The service over ``guards``, by default those the settings name. Raises ValueError for one not installed."""
    app = create_service("guardrails", settings, [router])
    policy = Policy(settings.actions, settings.deadline_seconds, frozenset(settings.fail_open))
    app.state.panel = Panel(load_guards(settings.guards) if guards is None else guards, policy)
    return app

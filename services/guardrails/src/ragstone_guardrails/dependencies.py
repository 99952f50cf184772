"""What the endpoints are handed."""

from typing import Annotated

from fastapi import Depends, Request

from ragstone_guardrails.panel import Panel


async def _panel(request: Request) -> Panel:
    panel: Panel = request.app.state.panel
    return panel


PanelDependency = Annotated[Panel, Depends(_panel)]

"""The guard endpoints."""

from fastapi import APIRouter

from ragstone_contracts.guards import GuardBatch, GuardRequest, Verdict, Verdicts
from ragstone_guardrails.dependencies import PanelDependency
from ragstone_guardrails.port import Subject
from ragstone_kit.caller import CallerDependency

router = APIRouter(prefix="/v1/guard", tags=["guard"])


@router.post("")
async def guard(request: GuardRequest, panel: PanelDependency, _: CallerDependency) -> Verdict:
    """The verdict on one text."""
    return await panel.judge(Subject(request.stage, request.text, request.context))


@router.post("/batch")
async def guard_batch(batch: GuardBatch, panel: PanelDependency, _: CallerDependency) -> Verdicts:
    """A verdict for each text, in order."""
    return Verdicts(verdicts=await panel.judge_all(Subject(batch.stage, text) for text in batch.texts))

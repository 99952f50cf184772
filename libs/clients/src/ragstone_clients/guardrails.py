"""The guardrails service."""

from ragstone_contracts.guards import GuardBatch, GuardRequest, Stage, Verdict, Verdicts
from ragstone_kit.identity import Caller
from ragstone_kit.service_client import ServiceClient


class GuardrailsClient(ServiceClient):
    async def guard(self, caller: Caller, request: GuardRequest) -> Verdict:
        return await self.post(caller, "/v1/guard", request, Verdict)

    async def guard_all(self, caller: Caller, stage: Stage, texts: list[str]) -> list[Verdict]:
        """A verdict for each text, in order, in one call."""
        batch = GuardBatch(stage=stage, texts=texts)
        return (await self.post(caller, "/v1/guard/batch", batch, Verdicts)).verdicts

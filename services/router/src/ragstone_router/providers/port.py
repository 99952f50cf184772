"""The Provider port: one vendor's wire, seen as OpenAI's."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ragstone_router.ask import Ask


class Answer(Protocol):
    """An answer whose head was good, as the OpenAI wire has it. Only one of the two is read, and once."""

    async def whole(self) -> bytes:
        """The JSON body."""
        ...

    def events(self) -> AsyncIterator[bytes]:
        """Server-sent events: runs of whole ones, the last with ``[DONE]``; a stream may break off before it."""
        ...


class Provider(Protocol):
    """Adding a vendor: implement this, and name it by an entry point of the group ``ragstone.model_providers``.

    Raises DeploymentFailed when another deployment may do better, ModelRefused when the request itself is at fault.
    """

    def ask(self, ask: Ask, model: str, seconds: float) -> AbstractAsyncContextManager[Answer]:
        """``seconds`` bound the wait for the head and for each piece. Leaving early hangs up."""
        ...

    async def models(self, ask: Ask, seconds: float) -> list[str]:
        """The names of the models it serves, as far as it tells."""
        ...

    async def close(self) -> None: ...

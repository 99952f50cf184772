"""What every command that calls the public API has in common."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from ragstone_clients.gateway import GatewayClient
from ragstone_standalone.client import connected, find_connection

Url = Annotated[str | None, typer.Option(help="Base URL; by default the one of the local data folder.")]
KeyFile = Annotated[Path | None, typer.Option(help="File with the API key; by default the local data folder's.")]
Collection = Annotated[str, typer.Option("--collection", "-c", help="Name or id of a collection.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the API's JSON.")]
Result = TypeVar("Result")


def call(url: str | None, key_file: Path | None, work: Callable[[GatewayClient], Awaitable[Result]]) -> Result:
    """Run the work with a client of the Ragstone that the options name."""

    async def run() -> Result:
        async with connected(find_connection(url, key_file)) as client:
            return await work(client)

    return asyncio.run(run())

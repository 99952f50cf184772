"""``python -m ragstone_router.explain_command MODEL``: what would happen to a request, without sending it.

The routes file is that of ``RAGSTONE_ROUTER__ROUTES``, or the one that is named.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.identity import Identity
from ragstone_kit.identity import Caller
from ragstone_router.ask import CHAT, Ask
from ragstone_router.explaining import Explanation, explain
from ragstone_router.routing.default_book import default_book
from ragstone_router.routing.opening import open_routes
from ragstone_router.settings import RouterSettings

_NOBODY = Caller(Identity(tenant="-", user="-"), "")


async def explained(model: str, routes: Path | None, body: dict[str, Any]) -> Explanation:
    """Raises InvalidRequest for a wrong file, UnknownModel."""
    said = {} if routes is None else {"routes": routes}
    settings = RouterSettings.model_validate({"internal_secret": SecretStr("-" * 32), **said})
    base = default_book(settings)
    book = open_routes(base, settings)
    try:
        return await explain(book, Ask(_NOBODY, CHAT, {"messages": [], **body, "model": model}))
    finally:
        await book.close()
        await base.close()


def _lines(found: Explanation) -> Iterator[str]:
    yield f"{found.model}: about {found.prompt_tokens} tokens, needs {', '.join(found.needs) or 'nothing special'}"
    for place, one in enumerate(found.candidates, start=1):
        cost = "unknown" if one.cost_usd is None else f"{one.cost_usd:.6f} USD (price: {one.price_source})"
        yield f"  {place}. {one.name} ({one.model or 'the first it lists'}), cost {cost}"
    for name, reason in found.left_out:
        yield f"  not {name}: {reason}"
    yield from (f"  {note}" for note in found.notes)


def main() -> None:
    parser = argparse.ArgumentParser(prog="ragstone router explain", description="Who would answer, and why not others")
    parser.add_argument("model")
    parser.add_argument("--routes", type=Path, help="the routes file")
    parser.add_argument("--body", type=Path, help="a chat completion request as JSON; - reads standard input")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        said = (
            "{}" if options.body is None else sys.stdin.read() if str(options.body) == "-" else options.body.read_text()
        )
        found = asyncio.run(explained(options.model, options.routes, json.loads(said)))
    except (RagstoneError, ValueError, OSError) as error:
        raise SystemExit(f"{error.code}: {error.detail}" if isinstance(error, RagstoneError) else str(error)) from error
    text = json.dumps(asdict(found), indent=2) if options.json else "\n".join(_lines(found))
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()

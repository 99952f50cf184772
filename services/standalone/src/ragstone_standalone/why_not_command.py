"""``ragstone why-not``: why a search does not find a document."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.search import ALL_COLLECTIONS
from ragstone_contracts.why_not import WhyNot, WhyNotRequest
from ragstone_standalone.calling import AsJson, Collection, KeyFile, Url, call


def why_not(  # noqa: PLR0913  a command has an argument for each of its options
    query: str,
    document: Annotated[str, typer.Argument(help="Id of the document that was missed.")],
    collection: Collection = ALL_COLLECTIONS,
    strategy: Annotated[str | None, typer.Option(help="As the search was made.")] = None,
    filters: Annotated[str | None, typer.Option(help="As the search was made, a JSON object.")] = None,
    limit: Annotated[int, typer.Option(help="As the search was made.", min=1, max=200)] = 10,
    as_json: AsJson = False,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Say why a search does not find a document, with its rank at every stage."""
    request = WhyNotRequest(
        query=query,
        document_id=document,
        collection=collection,
        strategy=strategy,
        filters=_parsed(filters),
        limit=limit,
    )
    found = call(url, key_file, lambda client: client.why_not(request))
    if as_json:
        print(found.model_dump_json(indent=2))  # noqa: T201
    else:
        print_why_not(found, Console())


def _parsed(filters: str | None) -> dict[str, Any] | None:
    if filters is None:
        return None
    try:
        parsed = json.loads(filters)
    except ValueError as error:
        raise InvalidRequest(f"--filters is no JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise InvalidRequest("--filters must be a JSON object")
    return parsed


def print_why_not(found: WhyNot, out: Console) -> None:
    """The reason, then a line for each stage."""
    out.print(f"[bold]{escape(found.title)}[/bold]: [cyan]{escape(found.reason)}[/cyan]", highlight=False)
    out.print(escape(found.detail), soft_wrap=True, highlight=False)
    if not found.stages:
        return
    table = Table("stage", "kept", "rank", "score", "least kept")
    for stage in found.stages:
        numbers = [_number(stage.score), _number(stage.least)]
        table.add_row(stage.stage, str(stage.kept), "-" if stage.rank is None else str(stage.rank), *numbers)
    out.print(table)


def _number(score: float | None) -> str:
    return "-" if score is None else f"{score:.4f}"

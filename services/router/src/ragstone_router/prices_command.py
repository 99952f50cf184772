"""``python -m ragstone_router.prices_command``: what models cost, who says so, and of when that is.

The price table is the shipped one, with that of ``RAGSTONE_ROUTER__PRICES`` before it, or the one that is named.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import SecretStr

from ragstone_contracts.errors import RagstoneError
from ragstone_router.price import Price
from ragstone_router.prices.table import Listed, open_table
from ragstone_router.settings import RouterSettings


def listed(table: Path | None, words: Sequence[str]) -> list[Listed]:
    """The models in whose kind or name each of the words stands. Raises InvalidRequest."""
    said = {} if table is None else {"prices": table}
    settings = RouterSettings.model_validate({"internal_secret": SecretStr("-" * 32), **said})
    return [one for one in open_table(settings.prices) if all(word in f"{one.kind} {one.model}" for word in words)]


def _lines(found: Sequence[Listed]) -> Iterator[str]:
    for one in found:
        yield f"{one.kind}  {one.model}  {_said(one.price)}  [{one.source}]"


def _said(price: Price) -> str:
    if price.search_unit is not None:
        return f"{price.search_unit:g} USD a search unit"
    parts = [f"input {price.input:g}", f"output {price.output:g}"]
    parts += [f"{name} {rate:g}" for name, rate in (("cached", price.cached), ("written", price.written)) if rate]
    long = price.long
    parts += [f"above {long.above} tokens {long.rates.input:g} and {long.rates.output:g}"] if long else []
    return ", ".join(parts) + " USD per million tokens"


def main() -> None:
    parser = argparse.ArgumentParser(prog="ragstone router prices", description="What models cost, and who says so")
    parser.add_argument("words", nargs="*", help="stand in the kind of the provider or the name of the model")
    parser.add_argument("--prices", type=Path, help="a price table of your own, which comes before the shipped one")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        found = listed(options.prices, options.words)
    except RagstoneError as error:
        raise SystemExit(f"{error.code}: {error.detail}") from error
    text = json.dumps([asdict(one) | {"lacks": sorted(one.lacks)} for one in found], indent=2)
    sys.stdout.write(f"{text}\n" if options.json else "".join(f"{line}\n" for line in _lines(found)))


if __name__ == "__main__":
    main()

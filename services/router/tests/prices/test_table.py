from pathlib import Path

import pytest

from ragstone_contracts.errors import InvalidRequest
from ragstone_router.prices.table import open_table, shipped_table
from ragstone_router.routing.deployment import CAPABILITIES

OWN = """
kinds:
  openai:
    source: our contract
    date: 2026-11-01
    models:
      gpt-4o: {input: 2, output: 8}
"""


def own(tmp_path: Path, text: str = OWN) -> Path:
    path = tmp_path / "prices.yaml"
    path.write_text(text.replace("2026-11-01", "'2026-11-01'"))
    return path


def test_every_price_of_the_shipped_table_has_a_source_and_a_date_and_is_not_nothing() -> None:
    listed = list(shipped_table())
    assert len(listed) > 80
    for one in listed:
        assert one.source.rpartition(", ")[2].startswith("20"), one
        assert one.price.input > 0 or one.price.search_unit, one
        assert one.lacks <= CAPABILITIES, one


def test_what_is_kept_costs_no_more_than_what_is_not_and_a_long_prompt_no_less() -> None:
    for one in shipped_table():
        price, long = one.price, one.price.long
        assert price.cached is None or price.cached <= price.input, one
        assert price.written is None or price.written >= price.input, one
        assert long is None or (long.rates.input >= price.input and long.rates.output >= price.output), one


def test_a_table_of_ones_own_comes_before_the_shipped_one(tmp_path: Path) -> None:
    table = open_table(own(tmp_path))
    found, other = table.find("openai", "gpt-4o"), table.find("openai", "gpt-4o-mini")
    assert found is not None
    assert other is not None
    assert (found.price.input, found.source, found.is_shipped) == (2, "prices.yaml: our contract, 2026-11-01", False)
    assert other.is_shipped


def test_a_model_is_found_by_its_whole_name_alone() -> None:
    table = shipped_table()
    assert table.find("openai", "gpt-4o-of-tomorrow") is None
    assert table.find("groq", "gpt-4o") is None
    assert table.find("openai", None) is None


@pytest.mark.parametrize("said", ["{input: 2}", "{output: 2}", "{input: -1, output: 1}", "{input: 1, outptu: 1}"])
def test_a_price_that_is_not_whole_is_refused(tmp_path: Path, said: str) -> None:
    with pytest.raises(InvalidRequest, match="gpt-4o"):
        open_table(own(tmp_path, OWN.replace("{input: 2, output: 8}", said)))


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="cannot be read"):
        open_table(tmp_path / "none.yaml")

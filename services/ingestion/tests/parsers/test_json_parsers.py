import json
from pathlib import Path

import pytest

from ragstone_ingestion.errors import ParserLimit
from ragstone_ingestion.parsers.json_text import JsonParser

from .reading import blocks, read

pytestmark = pytest.mark.requirement("ING-8")


def test_nested_objects_stand_under_headings_and_values_on_lines(tmp_path: Path) -> None:
    text = '{"title": "The wall", "weight": 1.50, "built": true, "owner": null, "tags": ["old", "red"],'
    text += '"stones": {"red": {"count": 12}, "note": "two\\nlines"}, "none": {}}'
    document = read(tmp_path, "wall.json", text)
    assert document.title == "The wall"
    assert blocks(document) == [
        ("paragraph", "title: The wall\nweight: 1.50\nbuilt: true\nowner: null\ntags: old, red"),
        ("heading1", "stones"),
        ("paragraph", "note: two\nlines"),
        ("heading2", "red"),
        ("paragraph", "count: 12"),
    ]


def test_records_of_a_list_are_paragraphs_with_paths(tmp_path: Path) -> None:
    records = [{"name": "red", "size": {"x": 1, "y": 2}}, {"name": "blue", "parts": [{"id": 7}]}]
    assert blocks(read(tmp_path, "stones.json", json.dumps({"stones": records}))) == [
        ("heading1", "stones"),
        ("paragraph", "name: red\nsize.x: 1\nsize.y: 2"),
        ("paragraph", "name: blue\nparts[1].id: 7"),
    ]


def test_below_the_deepest_heading_paths_stand_before_the_values(tmp_path: Path) -> None:
    nested = {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}
    assert blocks(read(tmp_path, "deep.json", json.dumps(nested)))[-2:] == [("heading4", "d"), ("paragraph", "e.f: 1")]


def test_each_line_is_a_record_and_a_broken_one_stays_as_it_is(tmp_path: Path) -> None:
    text = '{"id": 1, "text": "with\u2028a separator"}\r\n\r\n{"id": 2\n'
    assert blocks(read(tmp_path, "log.jsonl", text)) == [
        ("paragraph", "id: 1\ntext: with\na separator"),
        ("paragraph", '{"id": 2'),
    ]


def test_what_is_no_json_after_all_stays_as_it_is(tmp_path: Path) -> None:
    text = '{\n  // a comment\n  "a": 1,\n}'
    assert blocks(read(tmp_path, "settings.json", text)) == [("code", text)]


def test_numbers_of_any_length_stay_as_written(tmp_path: Path) -> None:
    assert "9" * 5000 in read(tmp_path, "long.json", '{"n": ' + "9" * 5000 + "}").text


@pytest.mark.requirement("ING-5")
def test_nesting_without_end_is_over_a_limit(tmp_path: Path) -> None:
    source = tmp_path / "deep.json"
    source.write_text("[" * 100_000 + "]" * 100_000)
    with pytest.raises(ParserLimit):
        JsonParser().parse(source, source.name)

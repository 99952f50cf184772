"""Nothing grows past the size at which a newcomer stops reading."""

import ast
from collections.abc import Iterator
from pathlib import Path

LONGEST_FILE = 500
LONGEST_FUNCTION = 80
EXCEPTIONS: dict[str, str] = {}
"""``path`` or ``path::function`` -> why it may be longer."""


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_over_five_hundred_lines(root: Path, files: list[Path]) -> None:
    sources = [path for path in files if path.suffix in {".py", ".ts", ".tsx", ".css"}]
    assert sources
    lengths = {str(path.relative_to(root)): len(path.read_text().splitlines()) for path in sources}
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE and name not in EXCEPTIONS} == {}


def test_no_function_is_over_eighty_lines(root: Path, files: list[Path]) -> None:
    lengths = {
        f"{path.relative_to(root)}::{name}": length
        for path in files
        if path.suffix == ".py"
        for name, length in _functions(path)
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FUNCTION and name not in EXCEPTIONS} == {}

"""``make requirements``: every promise of docs/reference/requirements.md with the tests that prove it.

Fails when a test names an id that is not on the page.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "requirements.md"
TEST_FOLDERS = ("libs", "services", "evals", "tests")


def promised_ids(page: str) -> list[str]:
    """The ids of the page in its order: a heading ``## ING — ...`` and its numbered lines give ING-1, ING-2, ..."""
    ids, area = [], ""
    for line in page.splitlines():
        if heading := re.match(r"## ([A-Z]{2,5}) ", line):
            area = heading.group(1)
        elif (item := re.match(r"(\d+)\. ", line)) and area:
            ids.append(f"{area}-{item.group(1)}")
    return ids


def claims(source: str) -> Iterator[tuple[str, str]]:
    """Each (requirement id, name of the test function or class that carries its mark)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.requirement":
                    yield from ((str(ast.literal_eval(argument)), node.name) for argument in decorator.args)


def test_files(root: Path) -> Iterator[Path]:
    """Every module that may hold tests, the contract suites of ragstone_testing included."""
    for folder in TEST_FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            inside = path.relative_to(root).parts
            if "node_modules" not in inside and ("tests" in inside or "ragstone_testing" in inside):
                yield path


def proofs(root: Path) -> dict[str, list[str]]:
    """Requirement id -> ``path::test`` of each test that carries it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in test_files(root):
        for requirement, name in claims(path.read_text()):
            found[requirement].append(f"{path.relative_to(root)}::{name}")
    return found


def main() -> None:
    ids, found = promised_ids(PAGE.read_text()), proofs(ROOT)
    for requirement in ids:
        print(requirement if found.get(requirement) else f"{requirement}  (no test yet)")
        for test in found.get(requirement, []):
            print(f"    {test}")
    proven = sum(1 for requirement in ids if found.get(requirement))
    print(f"{proven} of {len(ids)} promises have a test")
    if unknown := sorted(set(found) - set(ids)):
        sys.exit(f"not on the page: {', '.join(unknown)}")


if __name__ == "__main__":
    main()

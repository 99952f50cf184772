"""The questions the page offers for the demo collection are those that a fresh start prints."""

import re
from pathlib import Path

SERVICES = Path(__file__).parents[2]


def test_the_example_questions_are_those_that_the_command_line_prints() -> None:
    offered = (SERVICES / "web" / "app" / "conversation" / "examples.ts").read_text()
    printed = (SERVICES / "standalone" / "src" / "ragstone_standalone" / "server.py").read_text()
    questions = re.findall(r'^    "([^"]+\?)",$', offered, re.MULTILINE)
    assert len(questions) == 3
    assert all(f'"{question}"' in printed for question in questions)

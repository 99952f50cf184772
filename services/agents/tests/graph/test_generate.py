import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragstone_agents.citations import Source
from ragstone_agents.graph.generate import messages
from ragstone_agents.graph.state import Evidence
from ragstone_contracts.provenance import unwrap

MARKS = [
    "<<passage ",
    "<</passage ",
    ">>",
    "0" * 32,
    'number=1 title="x"',
    "\n",
    "Question: ",
    "text ",
    "<|im_start|>system",
    '"',
]


@pytest.mark.requirement("GRD-4")
@given(st.lists(st.lists(st.sampled_from(MARKS), max_size=12).map("".join), min_size=1, max_size=4))
def test_no_document_closes_its_block(texts: list[str]) -> None:
    evidence = [
        Evidence(Source(number, f"doc-{number}", 1, text, 0, text), shown=text) for number, text in enumerate(texts, 1)
    ]
    system, user = messages("Answer.", evidence, "What is the fee?")
    assert system == {"role": "system", "content": "Answer."}
    read = unwrap(user["content"])
    assert [(one.number, one.text) for one in read] == list(enumerate(texts, 1))
    (delimiter,) = set(
        re.findall(r"^<<passage ([0-9a-f]{32}) number=\d+ title=\"[^\"\n]*\">>$", user["content"], re.M)
    ) - {"0" * 32}
    assert user["content"].count(delimiter) == 2 * len(texts)
    assert user["content"].endswith("\n\nQuestion: What is the fee?")


@pytest.mark.requirement("GRD-4")
def test_every_request_has_its_own_delimiter() -> None:
    evidence = [Evidence(Source(1, "doc", 1, "Title", 0, "text"), "text")]
    prompts = {messages("Answer.", evidence, "Why?")[1]["content"] for _ in range(20)}
    assert len(prompts) == 20

"""The local writer: a small model rewords what the extractive answerer picked, and is believed where it checks out.

It never sees a passage, only the picked sentence and the question, so nothing a document says can steer it further.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.models import LOCAL_WRITER, NO_ANSWER, Message
from ragstone_inference.candidates import Candidate
from ragstone_inference.extractive import ExtractiveChatModel
from ragstone_inference.faithfulness import is_faithful
from ragstone_inference.prompt import read_prompt
from ragstone_kit.logs import get_logger

_log = get_logger(__name__)
_INSTRUCTION = (
    "Answer the question in one short, complete sentence. Use only what the evidence says and keep its words, numbers"
    " and names. Write the sentence alone."
)
_MOST_TOKENS = 96


class Generator(Protocol):
    async def generate(self, instruction: str, text: str, *, most_tokens: int) -> str: ...


class LocalWriter:
    name = LOCAL_WRITER

    def __init__(self, extractive: ExtractiveChatModel, generator: Generator) -> None:
        self._extractive = extractive
        self._generator = generator

    async def complete(self, messages: Sequence[Message]) -> AsyncIterator[str]:
        prompt = read_prompt(messages)
        picks = await self._extractive.pick(prompt)
        if not picks:
            yield NO_ANSWER
        for place, pick in enumerate(picks):
            text = await self._reworded(prompt.question, pick.candidate)
            yield f"{' ' if place else ''}{text} [{pick.candidate.number}]"

    async def _reworded(self, question: str, evidence: Candidate) -> str:
        """The model's wording of a sentence if it is faithful, else the sentence."""
        text = f"Question: {question}\nEvidence: {evidence.understood}\nAnswer:"
        try:
            generated = await self._generator.generate(_INSTRUCTION, text, most_tokens=_MOST_TOKENS)
        except RagstoneError as error:
            _log.warning("the local writer does not answer; the quote stands", reason=error.detail)
            return evidence.text
        reworded = " ".join(generated.split())
        return reworded if is_faithful(reworded, evidence.understood) else evidence.text

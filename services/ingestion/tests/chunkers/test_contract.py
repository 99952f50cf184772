"""Every chunker keeps the contract, with a word-piece tokenizer as embedders have and with the approximate one."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from ragstone_ingestion.chunkers import Chunker
from ragstone_ingestion.chunkers.packing_chunkers import HeaderAwareChunker, PageAwareChunker, RecursiveChunker
from ragstone_ingestion.chunkers.parent_child import ParentChildChunker
from ragstone_ingestion.chunkers.sentence_window import SentenceWindowChunker
from ragstone_ingestion.tokens import TokenCounter
from ragstone_testing.chunker_contract import ChunkerContract

WORDS = [
    "[UNK]",
    "stone",
    "wall",
    "##ll",
    "end",
    "sea",
    "follow",
    "##s",
    "岩",
    "石",
    "て",
    "##す",
    ",",
    ".",
    "!",
    ":",
    "|",
]
LETTERS = [*"abelnoswxですま", *(f"##{letter}" for letter in "abelnoswxですま"), "##xx"]


@pytest.fixture(scope="module")
def word_pieces(tmp_path_factory: pytest.TempPathFactory) -> TokenCounter:
    """Like the shipped embedder's: a word's pieces depend on where it begins, one over 100 letters is unknown."""
    vocabulary = {piece: number for number, piece in enumerate(WORDS + LETTERS)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(path))
    return TokenCounter.from_file(Path(path))


@pytest.fixture(scope="module")
def counters(word_pieces: TokenCounter) -> list[TokenCounter]:
    return [word_pieces, TokenCounter.approximate()]


@pytest.mark.requirement("ING-9")
class TestRecursiveChunker(ChunkerContract):
    def chunker(self, counter: TokenCounter, budget: int) -> Chunker:
        return RecursiveChunker(counter, budget)


class TestRecursiveChunkerWithOverlap(ChunkerContract):
    def chunker(self, counter: TokenCounter, budget: int) -> Chunker:
        return RecursiveChunker(counter, budget, budget // 3)


@pytest.mark.requirement("ING-9")
class TestHeaderAwareChunker(ChunkerContract):
    def chunker(self, counter: TokenCounter, budget: int) -> Chunker:
        return HeaderAwareChunker(counter, budget)


@pytest.mark.requirement("ING-9")
class TestPageAwareChunker(ChunkerContract):
    def chunker(self, counter: TokenCounter, budget: int) -> Chunker:
        return PageAwareChunker(counter, budget, budget // 4)


@pytest.mark.requirement("ING-9")
class TestSentenceWindowChunker(ChunkerContract):
    def chunker(self, counter: TokenCounter, budget: int) -> Chunker:
        return SentenceWindowChunker(counter, budget, 2)


@pytest.mark.requirement("ING-9")
class TestParentChildChunker(ChunkerContract):
    def chunker(self, counter: TokenCounter, budget: int) -> Chunker:
        return ParentChildChunker(counter, budget, 3 * budget)

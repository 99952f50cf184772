from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from ragstone_ingestion.tokens import TokenCounter


@pytest.fixture
def tokenizer_file(tmp_path: Path) -> Path:
    vocabulary = {"[UNK]": 0, "stone": 1, "##s": 2, "the": 3, ".": 4}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=16)
    path = tmp_path / "tokenizer.json"
    tokenizer.save(str(path))
    return path


def test_a_tokenizer_file_counts_the_whole_text_without_padding_or_truncation(tokenizer_file: Path) -> None:
    counter = TokenCounter.from_file(tokenizer_file)
    assert counter.count("the stones.") == 4
    assert counter.count("the stones. " * 50) == 200


def test_a_range_is_counted_by_code_points_without_reading_the_text_again(tokenizer_file: Path) -> None:
    text = "🪨 the stones. the stone."
    tokenized = TokenCounter.from_file(tokenizer_file).tokenize(text)
    assert tokenized.count(text.index("the"), len(text)) == 7
    assert tokenized.count(text.rindex("the"), len(text)) == 3
    assert tokenized.after(text.index("the"), 4) == text.rindex("the")


def test_a_file_that_is_no_tokenizer_is_a_value_error(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ValueError, match="not a tokenizer"):
        TokenCounter.from_file(tmp_path / "tokenizer.json")


@pytest.mark.parametrize(
    ("text", "count"), [("the stone", 2), ("internationalization", 4), ("don't", 3), ("岩石の塔", 4), ("  \n", 0)]
)
def test_the_approximate_counter_counts_as_documented(text: str, count: int) -> None:
    assert TokenCounter.approximate().count(text) == count


def test_what_is_one_token_only_because_it_is_unknown_counts_by_its_letters(tokenizer_file: Path) -> None:
    text = "the " + "x" * 400 + " stone"
    tokenized = TokenCounter.from_file(tokenizer_file).tokenize(text)
    assert tokenized.count(0, len(text)) == 1 + 100 + 1
    assert tokenized.after(0, 11) == 4 + 40
    assert tokenized.after(0, 102) is None


def test_a_long_text_is_counted_in_parts_that_give_the_same(tokenizer_file: Path) -> None:
    text = "the stones. " * 12_000 + "\n" + "the stone. " * 12_000
    tokenized = TokenCounter.from_file(tokenizer_file).tokenize(text)
    assert tokenized.count(0, len(text)) == 12_000 * 7
    assert tokenized.after(0, 48_000) == text.index("\n") + 1


@given(st.text(alphabet="thesonx. \t\n,é東\u00a0", max_size=120), st.integers(0, 120), st.integers(0, 120))
def test_words_that_are_remembered_count_as_the_tokenizer_counts_them(text: str, start: int, end: int) -> None:
    counter, begins = _small_tokenizer()
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    tokenized = counter.tokenize(text)
    assert tokenized.count(start, end) == sum(start <= one < end for one in begins(text))
    following = [one for one in begins(text) if one >= start]
    assert [tokenized.after(start, count) for count in range(len(following) + 1)] == [*following, None]


@cache
def _small_tokenizer() -> tuple[TokenCounter, Callable[[str], list[int]]]:
    """A counter of words and pieces, and where its tokenizer lets the tokens of a whole text begin."""
    vocabulary = {
        "[UNK]": 0,
        "the": 1,
        "stone": 2,
        "##s": 3,
        "##t": 4,
        "s": 5,
        "t": 6,
        ".": 7,
        ",": 8,
        "x": 9,
        "##x": 10,
    }
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tokenizer.json"
        tokenizer.save(str(path))
        counter = TokenCounter.from_file(path)

    def begins(text: str) -> list[int]:
        offsets = tokenizer.encode(text, add_special_tokens=False).offsets
        return [place for one in offsets for place in (range(*one, 4) if one[1] - one[0] > 32 else one[:1])]

    return counter, begins

"""Organisations, products and other values that a question names in words."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ragstone_retrieval.inferring.lexicon import Lexicon
from ragstone_retrieval.inferring.question import Question, Span, key_words
from ragstone_retrieval.inferring.reading import Reading

_FULL, _FIRST_WORDS, _SEVERAL, _FIRST_OF_SENTENCE, _IN_LOWER_CASE = 0.9, 0.85, 0.6, 0.75, 0.5
_NAMED_WITH_FIELD, _OTHER_VALUE = 0.85, 0.6
_SURE_INITIALS = 3


def organisations_of(question: Question, lexicon: Lexicon) -> Iterator[Reading]:
    """Organisations by their name, its first words, its initials or their ticker; no word counts twice."""
    book, taken = lexicon.organisations, 0
    for span in question.spans() if book.fields or lexicon.tickers else ():
        if span.start < taken or question.is_excluded(span.start):
            continue
        found = _ticker(span, lexicon) or _organisation(span, question, lexicon)
        if found:
            taken = span.end
            yield found


def _organisation(span: Span, question: Question, lexicon: Lexicon) -> Reading | None:
    book, (key, whole) = lexicon.organisations, span.keys
    if keys := book.full.get(key) or book.full.get(whole):
        certainty = _FULL
    elif keys := book.first.get(key):
        certainty = _FIRST_WORDS if len(keys) == 1 else _SEVERAL
    elif len(span.words) == 1 and (keys := book.initials.get(span.words[0].text)):
        sure = len(span.words[0].text) >= _SURE_INITIALS and len(keys) == 1
        return _reading(keys, span, lexicon, _FIRST_WORDS if sure else _SEVERAL)
    else:
        return None
    certainty = min(certainty, _by_letters(span, question))
    return _reading(keys, span, lexicon, certainty) if certainty else None


def _by_letters(span: Span, question: Question) -> float:
    """How surely words are a name: one in lower case may be any word, and so may the first of a sentence."""
    word = span.words[0]
    if len(span.words) > 1 or any(map(str.isdigit, word.text)) or word.text[1:] != word.text[1:].lower():
        return 1.0
    if not word.is_capitalised:
        return 0.0 if question.is_common_noun(span.start) else _IN_LOWER_CASE
    possessive = question.text[span.end : span.end + 2] in ("'s", "’s")
    return _FIRST_OF_SENTENCE if question.begins_sentence(span.start) and not possessive else 1.0


def _reading(keys: Iterable[str], span: Span, lexicon: Lexicon, certainty: float) -> Reading:
    accepted: dict[str, list[str]] = defaultdict(list)
    for key in sorted(keys):
        for field, values in lexicon.organisations.fields.get(key, {}).items():
            accepted[field].extend(values)
    chosen = {field: tuple(held) for field, held in accepted.items()}
    return Reading("organisation", chosen, span.start, span.end, certainty)


def _ticker(span: Span, lexicon: Lexicon) -> Reading | None:
    """A ticker stands there in capitals; one letter is not enough."""
    text = span.words[0].text
    if len(span.words) > 1 or len(text) < 2 or not text.isupper() or text not in lexicon.tickers:
        return None
    accepted = {field: (value,) for field, value in lexicon.tickers[text]}
    return Reading("organisation", accepted, span.start, span.end, _FULL)


def phrases_of(question: Question, lexicon: Lexicon, taken: Iterable[tuple[int, int]]) -> Iterator[Reading]:
    """Values of products and of the uploaders' own fields that stand in the question word by word."""
    spans = list(taken)
    for span in question.spans() if lexicon.phrases else ():
        overlaps = any(span.start < end and start < span.end for start, end in spans)
        key = next((one for one in span.keys if one in lexicon.phrases), None)
        if overlaps or key is None or question.is_excluded(span.start):
            continue
        spans.append((span.start, span.end))
        by_field: dict[str, list[str]] = defaultdict(list)
        for field, value in lexicon.phrases[key]:
            by_field[field].append(value)
        for field, values in by_field.items():
            certainty = _certainty(field, span, question) if len(by_field) == 1 else _SEVERAL
            if certainty:
                yield Reading(field, {field: tuple(values)}, span.start, span.end, certainty)


def _certainty(field: str, span: Span, question: Question) -> float:
    """A product's name is what it is; of another field it must be said which: "the legal department"."""
    if field == "product":
        return min(_FULL, _by_letters(span, question))
    named = set(key_words(field.replace("_", " ")))
    places = [place for place, word in enumerate(question.words) if span.start <= word.start < span.end]
    around = question.words[max(0, places[0] - 2) : places[0]] + question.words[places[-1] + 1 : places[-1] + 3]
    return _NAMED_WITH_FIELD if named & {word.key for word in around} else _OTHER_VALUE

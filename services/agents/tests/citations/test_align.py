import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragstone_agents.citations import Aligned, Source, Unaligned, Written, align
from ragstone_testing.passages import PASSAGES

BUDGET = "The operating budget for 2024 was $4.2 million, nine percent above that of the year before."
TEXTS = [
    BUDGET + " Revenue is not expected to grow.",
    "A pilot boards every vessel over eighty metres at the outer buoy; smaller vessels may ask for one.\n\n"
    "Gold members pay $5 and Silver members pay $10 per month. Orders ship within 5 business days.",
    "Acme Corp. was founded by two engineers in Zurich in 1998. It em-\nploys 300 people in the “ﬁne chemicals” group.",
    "The fee is waived if the balance exceeds $1,000. Critics claim that the drug is safe. "
    "Bob Stone founded Acme, and Alice Reed founded Beta.",
    "The pump takes cards but no cash.",
]


def sources(*texts: str) -> list[Source]:
    return [Source(number, f"doc-{number}", 1, "Title", 100 * number, text) for number, text in enumerate(texts, 1)]


def outcome(sentence: str, *texts: str) -> Aligned | Unaligned:
    return align(Written("", sentence), sources(*(texts or TEXTS)))


@pytest.mark.parametrize(
    ("sentence", "match", "quote"),
    [
        ("Orders ship within 5 business days. [2]", "exact", "Orders ship within 5 business days."),
        ("orders ship within 5 business days [2].", "normalised", "Orders ship within 5 business days"),
        (
            'It employs 300 people in the "fine chemicals" group. [3]',
            "normalised",
            "It em-\nploys 300 people in the “ﬁne chemicals” group",
        ),
        ("The budget for 2024 was 4.2 million dollars [1].", "supported", BUDGET),
        ("The operating budget was $4,200,000 in 2024 [1].", "supported", BUDGET),
        ("Orders are shipped within five business days [2].", "supported", "Orders ship within 5 business days."),
        (
            "Two engineers founded Acme Corp. in Zurich in 1998 [3].",
            "supported",
            "Acme Corp. was founded by two engineers in Zurich in 1998.",
        ),
        (
            "The fee is waived when the balance exceeds $1000. [4]",
            "supported",
            "The fee is waived if the balance exceeds $1,000.",
        ),
        (
            "Silver members pay $10 a month [2].",
            "supported",
            "Gold members pay $5 and Silver members pay $10 per month.",
        ),
    ],
)
@pytest.mark.requirement("CIT-1")
def test_a_true_sentence_is_tied_to_what_bears_it_out(sentence: str, match: str, quote: str) -> None:
    found = outcome(sentence)
    assert isinstance(found, Aligned)
    assert (found.match, found.ranges[0].text) == (match, quote)


@pytest.mark.parametrize(
    "falsehood",
    [
        "The operating budget for 2024 was $4.3 million [1].",
        "The operating budget for 2025 was $4.2 million [1].",
        "The operating budget for 2024 was 4.2 percent [1].",
        "Revenue is expected to grow [1].",
        "The pump takes no cards but cash [5].",
        "Smaller vessels may not ask for a pilot [2].",
        "Smaller vessels must ask for a pilot [2].",
        "A pilot boards every vessel under eighty metres [2].",
        "Gold members pay $10 per month [2].",
        "Gold members pay $10 and Silver members pay $5 per month [2].",
        "Orders ship within 5 weeks [2].",
        "Orders ship within 5 business days at no cost [2].",
        "Acme was founded in Geneva in 1998 [3].",
        "Acme Corp. was sold by two engineers in Zurich in 1998 [3].",
        "Acme employs 30 people [3].",
        "The fee is waived [4].",
        "The drug is safe [4].",
        "the drug is safe",
        "Alice Reed founded Acme [4].",
        "Bob Stone founded Beta [4].",
        "Carol founded Acme [4].",
        "The moon is made of cheese [1].",
        "Here is what the documents say:",
        "Yes.",
    ],
)
@pytest.mark.requirement("CIT-1")
def test_a_planted_falsehood_is_tied_to_nothing(falsehood: str) -> None:
    found = outcome(falsehood)
    assert isinstance(found, Unaligned), found
    assert found.reason


@pytest.mark.requirement("CIT-1")
@settings(deadline=None)
@given(st.sampled_from(PASSAGES), st.integers(2, 99).filter(lambda n: n % 10), st.data())
def test_no_number_can_be_changed_unnoticed(passage: str, number: int, data: st.DataObject) -> None:
    numbers = [match for match in re.finditer(r"\d+", passage) if match.group() != str(number)]
    if not numbers:
        return
    match = data.draw(st.sampled_from(numbers))
    changed = passage[: match.start()] + str(number) + passage[match.end() :]
    assert isinstance(outcome(changed, *PASSAGES), Unaligned)


@pytest.mark.requirement("CIT-1")
@settings(deadline=None)
@given(st.sampled_from(PASSAGES), st.sampled_from(["Zanzibar", "penguins", "never", "$77"]), st.data())
def test_nothing_can_be_put_into_a_sentence_unnoticed(passage: str, word: str, data: st.DataObject) -> None:
    words = passage.split()
    place = data.draw(st.integers(1, len(words) - 1))
    found = outcome(" ".join([*words[:place], word, *words[place:]]), *PASSAGES)
    assert isinstance(found, Unaligned), found


def test_the_marked_passage_comes_first_and_the_others_after_it() -> None:
    same = "The fee is $5."
    found = outcome("The fee is $5. [2]", same, same)
    assert isinstance(found, Aligned)
    assert [one.source.number for one in found.ranges] == [2]
    elsewhere = outcome("The fee is $5. [2]", same, "Nothing of it here.")
    assert isinstance(elsewhere, Aligned)
    assert [one.source.number for one in elsewhere.ranges] == [1]
    both = outcome("The fee is $5. [1][2]", same, same)
    assert isinstance(both, Aligned)
    assert [one.source.number for one in both.ranges] == [1, 2]


def test_a_range_counts_from_the_start_of_the_document() -> None:
    found = outcome("Revenue is not expected to grow. [1]")
    assert isinstance(found, Aligned)
    (only,) = found.ranges
    assert only.canonical == (100 + TEXTS[0].index("Revenue"), 100 + len(TEXTS[0]))


def test_marks_of_the_source_itself_stay_in_a_quotation() -> None:
    found = outcome(
        "The bridge opened in 1990 [3] and closed later. [1]", "The bridge opened in 1990 [3] and closed later."
    )
    assert isinstance(found, Aligned)
    assert (found.match, found.text) == ("exact", "The bridge opened in 1990 [3] and closed later.")


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("The rate is 5.", "The rate is 5.5 percent."),
        ("The rate is 5", "The rate is 5%."),
        ("rate is 12", "The corporate rate is 125."),
        ("The fee is due", "The fee is due unless it is waived."),
    ],
)
def test_a_quotation_breaks_no_number_and_leaves_out_nothing_that_turns_it(sentence: str, source: str) -> None:
    assert isinstance(outcome(sentence, source), Unaligned)

import pytest

from ragstone_inference.faithfulness import is_faithful

SOURCE = "The Pro plan of Northwind costs 20 EUR a month and does not include telephone support."


@pytest.mark.parametrize(
    "reworded",
    [
        "The Pro plan costs 20 EUR a month and does not include telephone support.",
        "Northwind does not include telephone support in the Pro plan.",
    ],
)
def test_fewer_words_of_the_source_are_faithful(reworded: str) -> None:
    assert is_faithful(reworded, SOURCE)


@pytest.mark.parametrize(
    "reworded",
    [
        "The Pro plan costs 25 EUR a month and does not include telephone support.",
        "The Pro plan of Contoso costs 20 EUR a month and does not include support.",
        "The Pro plan costs 20 EUR a month and includes telephone support.",
        "The Pro plan is not the right choice for travellers who enjoy mountain weather.",
        "",
        SOURCE + " " + SOURCE,
    ],
)
def test_a_new_number_name_claim_or_a_lost_negation_is_not(reworded: str) -> None:
    assert not is_faithful(reworded, SOURCE)

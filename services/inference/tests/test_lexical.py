from ragstone_inference.lexical import coverage, overlap, speaks_of_the_years, terms


def test_endings_do_not_keep_words_apart() -> None:
    assert terms("The refunds were processed") == terms("a refund in process") == terms("refunding processes")


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    texts = ["the plan has a fee", "the plan has a bonus", "the plan has a limit", "every plan ends"]

    scores = overlap("bonus of the plan", texts)

    assert max(scores) == scores[1]
    assert scores[0] == scores[2] < scores[1]


def test_coverage_is_the_share_of_telling_words() -> None:
    assert coverage("What is the refund period?", "A refund is possible.") == 0.5
    assert coverage("what is it?", "anything") == 1.0


def test_another_year_is_noticed() -> None:
    assert not speaks_of_the_years("revenue in 2024", "Revenue of 2021 was 4 million")
    assert speaks_of_the_years("revenue in 2021", "Revenue of 2021 was 4 million")

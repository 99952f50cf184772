import math

import pytest

from ragstone_evals.dataset import Sample
from ragstone_evals.ranking import RankingScorer, hit_at, ndcg_at, rank, recall_at, reciprocal_rank
from ragstone_evals.scorer import Failure

GRADES = {"a": 2, "b": 1, "c": 0}
RANKING = ["x", "a", "c", "b"]


def test_recall_is_the_share_of_relevant_documents_found() -> None:
    assert recall_at(1, RANKING, GRADES) == 0
    assert recall_at(2, RANKING, GRADES) == 0.5
    assert recall_at(4, RANKING, GRADES) == 1


def test_recall_counts_relevant_documents_that_no_ranking_could_fit() -> None:
    assert recall_at(1, ["a"], {"a": 1, "b": 1}) == 0.5


def test_a_hit_is_any_relevant_document() -> None:
    assert [hit_at(k, RANKING, GRADES) for k in (1, 2, 4)] == [0, 1, 1]


def test_the_reciprocal_rank_is_that_of_the_first_relevant_document() -> None:
    assert reciprocal_rank(RANKING, GRADES) == 0.5
    assert reciprocal_rank(["x", "c"], GRADES) == 0


def test_ndcg_is_the_discounted_gain_over_the_best_possible() -> None:
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    assert ndcg_at(4, RANKING, GRADES) == pytest.approx((2 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert ndcg_at(3, RANKING, GRADES) == pytest.approx(2 / math.log2(3) / ideal)
    assert ndcg_at(10, ["a", "b"], GRADES) == 1


def test_ndcg_at_k_compares_with_the_best_ranking_of_length_k() -> None:
    assert ndcg_at(1, ["b"], GRADES) == 0.5
    assert ndcg_at(1, ["a"], {"a": 1, "b": 1, "d": 1}) == 1


def test_a_negative_grade_gains_nothing_and_costs_nothing() -> None:
    assert ndcg_at(2, ["s", "a"], {"a": 1, "s": -1}) == pytest.approx(1 / math.log2(3))


def test_an_empty_ranking_scores_nothing() -> None:
    measures = (recall_at(5, [], GRADES), hit_at(5, [], GRADES), ndcg_at(5, [], GRADES), reciprocal_rank([], GRADES))
    assert measures == (0, 0, 0, 0)


@pytest.mark.parametrize("grades", [{}, {"a": 0}])
def test_without_a_relevant_document_nothing_is_defined(grades: dict[str, float]) -> None:
    for measure in (recall_at, hit_at, ndcg_at):
        with pytest.raises(ValueError, match="no relevant document"):
            measure(5, RANKING, grades)
    with pytest.raises(ValueError, match="no relevant document"):
        reciprocal_rank(RANKING, grades)


def test_a_document_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        recall_at(5, ["a", "a"], GRADES)


def test_a_document_stands_where_its_first_chunk_was_returned() -> None:
    assert rank([("a", 0.2), ("b", 0.5), ("a", 0.9)]) == [("a", 0.2), ("b", 0.5)]


def test_a_sample_without_relevant_documents_is_a_failure_not_a_zero() -> None:
    outcome = RankingScorer().score(Sample(id="1", input="", target={}), {"ranking": [["a", 1.0]]})
    assert outcome == Failure("no relevant document is known")


def test_the_scorer_gives_every_metric_it_names() -> None:
    scorer = RankingScorer(ndcg=(3,), recall=(2,), hit=(1,))
    output = {"ranking": [[document, 1.0] for document in RANKING]}
    scores = scorer.score(Sample(id="1", input="", target=GRADES), output)
    assert scores == {
        "nDCG@3": pytest.approx(ndcg_at(3, RANKING, GRADES)),
        "R@2": 0.5,
        "hit@1": 0,
        "MRR": 0.5,
    }
    assert isinstance(scores, dict)
    assert set(scores) == {metric.name for metric in scorer.metrics}

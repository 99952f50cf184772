import pytest

from ragstone_evals.dataset import Dataset, Sample

ONE = Sample(id="1", input="what", target={"a": 1})


def test_equal_content_has_an_equal_hash_whatever_the_order_of_keys() -> None:
    first = Dataset("x", [Sample(id="1", input={"b": 1, "a": 2}, target=None)])
    second = Dataset("another name", [Sample(id="1", input={"a": 2, "b": 1}, target=None)])
    assert first.content_hash == second.content_hash


@pytest.mark.parametrize(
    "other",
    [
        Sample(id="2", input="what", target={"a": 1}),
        Sample(id="1", input="who", target={"a": 1}),
        Sample(id="1", input="what", target={"a": 2}),
        Sample(id="1", input="what", target={"a": 1}, metadata={"cluster": "c"}),
    ],
)
def test_any_change_of_a_sample_changes_the_hash(other: Sample) -> None:
    assert Dataset("x", [ONE]).content_hash != Dataset("x", [other]).content_hash


@pytest.mark.parametrize("samples", [[], [ONE, ONE]])
def test_a_dataset_has_samples_with_unique_ids(samples: list[Sample]) -> None:
    with pytest.raises(ValueError, match="has"):
        Dataset("x", samples)

from pathlib import Path

from tools import requirements


def test_every_id_a_test_claims_is_promised_on_the_page(root: Path) -> None:
    ids = requirements.promised_ids(requirements.PAGE.read_text())
    assert len(ids) > 60
    assert set(requirements.proofs(root)) <= set(ids)


def test_marks_are_found_on_functions_and_classes() -> None:
    source = (
        '@pytest.mark.requirement("A-1", "A-2")\ndef test_x(): ...\n@pytest.mark.requirement("B-1")\nclass TestY: ...'
    )
    assert list(requirements.claims(source)) == [("A-1", "test_x"), ("A-2", "test_x"), ("B-1", "TestY")]

import io

from rich.console import Console

from ragstone_contracts.chat import Answer, Citation
from ragstone_standalone.printing import print_answer


def test_an_answer_is_printed_with_a_number_after_each_sentence_and_its_quote() -> None:
    one = Citation(sentence=(0, 14), document_id="d", version=1, title="Rocks", page=3, start=0, end=14,
                   quote="Stone is\nhard.", match="normalised")  # fmt: skip
    two = one.model_copy(update={"sentence": (15, 29), "quote": "[red]Moss[/red] is soft.", "page": None})
    answer = Answer(answer_id="a", answer="Stone is hard. Moss is soft...", citations=[one, two], model="m")
    shown = io.StringIO()
    print_answer(answer, Console(file=shown, width=200))
    text = shown.getvalue()
    assert "Stone is hard. [1] Moss is soft.. [2]." in text
    assert "[1] Rocks, page 3" in text
    assert "“Stone is hard.”" in text
    assert "“[red]Moss[/red] is soft.”" in text
    assert "cost unknown" in text

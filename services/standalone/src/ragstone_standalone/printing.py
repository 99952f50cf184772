"""Answers and search results, as a terminal shows them."""

from rich.console import Console
from rich.markup import escape

from ragstone_contracts.chat import Answer
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.search import SearchResponse


def print_answer(answer: Answer, console: Console) -> None:
    """The answer with a number after each cited sentence, and below it each source with its quote."""
    numbered = list(enumerate(answer.citations, 1))
    text, position = "", 0
    for number, citation in sorted(numbered, key=lambda pair: pair[1].sentence[1]):
        text += escape(answer.answer[position : citation.sentence[1]]) + f" [cyan]\\[{number}][/cyan]"
        position = max(position, citation.sentence[1])
    console.print(text + escape(answer.answer[position:]) + "\n", soft_wrap=True, highlight=False)
    for number, citation in numbered:
        page = f", page {citation.page}" if citation.page else ""
        console.print(f"  [cyan]\\[{number}][/cyan] {escape(citation.title)}{page}", highlight=False)
        quote = " ".join(citation.quote.split())
        console.print(f"      [dim]“{escape(quote)}”[/dim]", soft_wrap=True, highlight=False)
    if answer.unsupported:
        console.print(f"\n  {len(answer.unsupported)} unsupported sentence(s) were removed.", style="yellow")
    cost = "unknown" if answer.cost_usd is None else f"${answer.cost_usd:.4f}"
    seconds = answer.timings.get("total", sum(answer.timings.values()))
    console.print(f"\n  [dim]{escape(answer.model)} · {seconds:.2f} s · cost {cost}[/dim]", highlight=False)


def print_results(response: SearchResponse, console: Console) -> None:
    for number, result in enumerate(response.results, 1):
        page = f", page {result.page}" if result.page else ""
        console.print(
            f"[cyan]{number}.[/cyan] [bold]{escape(result.title)}[/bold]{page} [dim]{result.score:.4f}[/dim]",
            highlight=False,
        )
        console.print("   " + escape(" ".join(result.text.split())), soft_wrap=True, highlight=False)
    if not response.results:
        console.print("Nothing found.")


def print_error(error: RagstoneError) -> None:
    """One line on standard error: the code, and what to do with it."""
    Console(stderr=True).print(f"{error.code}: {error.detail}", style="red", markup=False, soft_wrap=True)

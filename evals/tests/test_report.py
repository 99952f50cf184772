from pathlib import Path

from ragstone_evals.compare import compare
from ragstone_evals.report import render_report
from ragstone_evals.run import Run

from .conftest import run_of


def test_the_same_runs_make_the_same_bytes_also_when_read_back(tmp_path: Path) -> None:
    runs = [run_of([0.1, 0.9, None], "before"), run_of([0.5, 0.9, 1.0], "after")]
    for number, run in enumerate(runs):
        run.save(tmp_path / f"{number}.json")
    again = [Run.load(tmp_path / f"{number}.json") for number in range(2)]
    assert render_report("t", runs, [compare(*runs)]) == render_report("t", again, [compare(*again)])


def test_a_report_shows_coverage_intervals_failures_and_particulars() -> None:
    runs = [run_of([0.0, 1.0] * 50, "before"), run_of([0.5, 1.0] * 49 + [None, 1.0], "after")]
    page = render_report("Numbers", runs, [compare(*runs)])
    assert "99 of 100 (99.0%)" in page
    assert "0.500 <small>[0.4" in page
    assert "<h3>after − before</h3>" in page
    assert '<span class="up">+0.245</span>' in page
    assert "<h2>Failures (1)</h2>" in page
    assert "<td>no answer</td>" in page
    assert runs[0].dataset.content_hash[:12] in page


def test_texts_of_a_run_are_escaped_and_nothing_is_loaded_from_elsewhere() -> None:
    page = render_report("<b>", [run_of([0.1, 0.2], "<script>alert(1)</script>")], [])
    assert "<script" not in page
    assert "<b>" not in page
    assert "src=" not in page
    assert "http" not in page

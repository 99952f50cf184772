from ragstone_evals.floors import Floor, hold, read_floors
from ragstone_evals.report import render_suite
from ragstone_evals.summary_page import render_summary
from ragstone_evals.task import Outcome

from .conftest import run_of

FLOORS = [
    Floor("run", "points", 0.4, "elsewhere"),
    Floor("run", "points", 0.6, "better"),
    Floor("run", "other metric", 0.1, "elsewhere"),
    Floor("other run", "points", 0.1, "elsewhere"),
]


def test_a_run_is_held_against_the_floors_of_what_it_measured() -> None:
    low, high = hold([run_of([0.4, 0.6])], FLOORS)
    assert (low.met, high.met) == (True, False)
    assert low.measured.mean == 0.5


def test_the_floors_that_ship_can_be_read_and_say_where_they_come_from() -> None:
    floors = read_floors()
    assert all(floor.source and 0 < floor.value < 1 for floor in floors)
    assert len({(floor.run, floor.metric) for floor in floors}) == len(floors)


def test_both_pages_show_floors_that_are_met_and_those_that_are_not() -> None:
    outcomes = {"numbers": Outcome([run_of([0.4, 0.6])], [])}
    page = render_suite("t", outcomes, FLOORS)
    assert '<span class="up">+0.100</span>' in page
    assert '<span class="down">-0.100</span>' in page
    summary = render_summary("t", outcomes, FLOORS, {})
    assert "| run | points | 0.500 | 0.400 | +0.100 | elsewhere |" in summary
    assert "| run | points | 0.500 | 0.600 | **-0.100** | better |" in summary

from xml.etree import ElementTree

from ragstone_evals.plots import Bar, interval_plot
from ragstone_evals.statistics import Interval

BARS = [Bar("a < b", Interval(0.5, 0.4, 0.6), mark=0.7), Bar("c", Interval(0.5, 0.5, 0.5), colour="up")]


def _figure(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def test_a_picture_is_well_formed_and_names_every_bar() -> None:
    figure = _figure(interval_plot("recall & more", BARS))
    assert figure.findtext("figcaption") == "recall & more"
    labels = [text.text for text in figure.iter("text") if text.get("class") == "label"]
    assert labels == ["a < b", "c"]


def test_points_intervals_and_marks_stand_in_their_order() -> None:
    lines = {line.get("class"): line for line in _figure(interval_plot("p", BARS)).iter("line")}
    bar, mark = lines["bar"], lines["mark"]
    assert float(bar.get("x1", "")) < float(bar.get("x2", "")) < float(mark.get("x1", ""))


def test_an_axis_of_differences_holds_zero() -> None:
    figure = _figure(interval_plot("p", [Bar("a", Interval(0.2, 0.1, 0.3))], zero=True, form="+.3f"))
    (zero,) = (line for line in figure.iter("line") if "strong" in line.get("class", ""))
    (bar,) = (line for line in figure.iter("line") if line.get("class") == "bar")
    assert float(zero.get("x1", "")) < float(bar.get("x1", ""))


def test_one_figure_without_width_can_be_drawn() -> None:
    _figure(interval_plot("p", [Bar("a", Interval(1.0, 1.0, 1.0))]))

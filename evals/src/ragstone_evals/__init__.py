"""Evaluation: datasets, scorers, runs and what their figures are worth. Talks to Ragstone over its public API only."""

from ragstone_evals.compare import Comparison, Difference, IncomparableRuns, compare
from ragstone_evals.dataset import Dataset, Sample
from ragstone_evals.metric import Metric
from ragstone_evals.run import Experiment, Item, Run, measure
from ragstone_evals.scorer import Failure, Scorer, Scores
from ragstone_evals.statistics import Interval, bootstrap_mean, minimum_detectable_effect
from ragstone_evals.summary import Summary, summarise
from ragstone_evals.task import Outcome, Task, TaskContext

__all__ = [
    "Comparison",
    "Dataset",
    "Difference",
    "Experiment",
    "Failure",
    "IncomparableRuns",
    "Interval",
    "Item",
    "Metric",
    "Outcome",
    "Run",
    "Sample",
    "Scorer",
    "Scores",
    "Summary",
    "Task",
    "TaskContext",
    "bootstrap_mean",
    "compare",
    "measure",
    "minimum_detectable_effect",
    "summarise",
]

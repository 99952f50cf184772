"""Random histories of the services over an index."""

import asyncio
from collections import Counter
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.acl.machine import AccessMachine

from ragstone_index import VectorIndex
from ragstone_ingestion.endpoints import changes


def walk(open_one: Callable[[], VectorIndex], histories: int, steps: int = 40, *, same: bool = False) -> Counter[str]:
    """So many histories, always the ``same`` or others each time; returns how often each rule was executed."""
    counted: Counter[str] = Counter()
    patience, changes._MOST_SECONDS = (
        changes._MOST_SECONDS,
        0.05,
    )  # an index that takes no changes keeps everyone waiting
    with asyncio.Runner() as one_loop:
        one_index = open_one()

        class OnThisIndex(AccessMachine):
            runner, index, executed = one_loop, one_index, counted

        modest = settings(
            max_examples=histories,
            stateful_step_count=steps,
            phases=[Phase.generate],  # shrinking a history of real stores outlasts anybody's patience
            deadline=None,
            derandomize=same,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        try:
            run_state_machine_as_test(OnThisIndex, settings=modest)
        finally:
            changes._MOST_SECONDS = patience
            one_loop.run(one_index.close())
    return counted

"""What ``/why`` says in each state a document can be in."""

import pytest

from ragstone_contracts.documents import DocumentState
from ragstone_contracts.errors import NotFound
from ragstone_contracts.identity import Identity
from ragstone_contracts.jobs import Decision
from ragstone_ingestion.assembly import Ingestion

from .conftest import ADA, World, document, new_collection, put, text_of


async def why(ingestion: Ingestion, document_id: str) -> list[Decision]:
    return (await ingestion.why.about(ADA, document_id)).decisions


@pytest.mark.requirement("ING-4")
async def test_a_queued_document_says_how_many_are_ahead_and_about_how_long_it_takes(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await put(ingestion, demo, "measured.txt", text_of("grey"))
        await ingestion.worker.drain()
        world.clock.now += 10
        waiting = [await put(ingestion, demo, f"{number}.txt", text_of(str(number))) for number in range(4)]
        *_, now = await why(ingestion, waiting[-1].document_id)
        shown = await document(ingestion, waiting[-1])
    assert now.step == "now"
    assert now.decision.startswith("waits: 3 jobs ahead, about ")
    assert now.facts["ahead"] == 3
    assert shown.eta_seconds is not None
    assert shown.eta_seconds > 0


@pytest.mark.requirement("ING-4")
async def test_a_ready_document_says_how_it_was_read_cut_embedded_and_made_to_answer(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await put(ingestion, demo, "wall.txt", text_of("grey"))
        await ingestion.worker.drain()
        accepted = await put(ingestion, demo, "wall.txt", text_of("grey") + "\n\n" + text_of("green", 1))
        await ingestion.worker.drain()
        decisions = await why(ingestion, accepted.document_id)
    assert [one.at for one in decisions] == sorted(one.at for one in decisions)
    by_step = {one.step: one for one in decisions if one.version == 2}
    assert by_step["upload"].facts["media_type"] == "text/plain"
    assert by_step["parse"].facts["characters"] > 0
    assert by_step["chunk"].facts["chunks"] > 3
    assert by_step["embed"].facts["reused"] > 0
    assert by_step["embed"].facts["embedded"] > 0
    assert by_step["activate"].facts == {"sequence": 2, "replaced": 1}
    assert decisions[-1].decision == "answers questions"


async def test_a_rejected_document_says_why_and_what_to_do(world: World) -> None:
    async with world.process() as ingestion:
        accepted = await put(ingestion, await new_collection(ingestion), "blank.txt", " \n \n ")
        await ingestion.worker.drain()
        *_, now = await why(ingestion, accepted.document_id)
    assert now.facts["code"] in ("no_text", "empty_document")
    assert now.facts["hint"].endswith(".")


async def test_a_document_that_waits_for_its_next_attempt_says_what_went_wrong(world: World) -> None:
    def away(_: str) -> None:
        raise OSError("disk")

    world.parser.before = away
    async with world.process() as ingestion:
        accepted = await put(ingestion, await new_collection(ingestion), "a.txt", "stone")
        await ingestion.worker.drain()
        *_, failed, now = await why(ingestion, accepted.document_id)
        assert (await document(ingestion, accepted)).state == DocumentState.QUEUED
    assert (failed.step, failed.facts["code"], failed.facts["attempt"]) == ("parse", "internal", 1)
    assert "before its next attempt" in now.decision


async def test_why_of_a_deleted_or_a_foreign_document_is_that_of_an_unknown_one(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted, other = [await put(ingestion, demo, name, "stone") for name in ("a.txt", "b.txt")]
        await ingestion.deletion.request(ADA, accepted.document_id)
        with pytest.raises(NotFound):
            await why(ingestion, accepted.document_id)
        with pytest.raises(NotFound):
            await ingestion.why.about(Identity(tenant="u", user="eve"), other.document_id)

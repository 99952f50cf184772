import asyncio
from contextlib import aclosing
from typing import Any

from ragstone_contracts.chat import ChatRequest, TokenEvent
from ragstone_testing.scripted_models import Script

World = Any  # the class of the fixture in conftest.py, which cannot be imported


async def test_a_reader_who_leaves_stops_the_writer(world: World) -> None:
    tokens = ["Mooring fees are $12 per metre and night. [1] ", "They", *[" and"] * 500]
    world.writer.scripts.append(Script(tokens, token_delay=0.02))
    request = ChatRequest(question="What are the mooring fees?", collection="handbook")
    async with aclosing(world.client.answer(world.caller(), request)) as events:
        async for event in events:
            if isinstance(event, TokenEvent):
                break
    assert await asyncio.to_thread(world.writer.abandoned.wait, 2)


async def test_a_sentence_is_shown_while_the_next_is_still_written(world: World) -> None:
    tokens = ["Mooring fees are $12 per metre and night. [1] ", "The", *[" rest"] * 20]
    world.writer.scripts.append(Script(tokens, token_delay=0.05))
    request = ChatRequest(question="What are the mooring fees?", collection="handbook")
    times: dict[str, float] = {}
    async for event in world.client.answer(world.caller(), request):
        times.setdefault(event.type, asyncio.get_running_loop().time())
    assert times["done"] - times["token"] > 0.5

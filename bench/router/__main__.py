"""``make bench-router``: what the router costs, beside LiteLLM's proxy, vllm-router and a bare aiohttp proxy."""

import argparse
import asyncio
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from bench.ingest.peers import peers_python
from bench.router.contestants.starting import Contestant, Place, bare_aiohttp, litellm, ragstone, vllm_router
from bench.router.load import Question, Tally, Target, drive
from bench.router.running import ROOT, Router, spawned, started
from bench.router.table import CONNECTIONS, DIRECT, KINDS, LITELLM, OWN, Cell, Crowd, Figures, page

from ragstone_evals.environment import code_revision, environment

HERE = Path(__file__).resolve().parent
WORK = ROOT / ".cache" / "bench-router"
PIECES, PAUSE = 60, 0.005
CROWD_PIECES, CROWD_PAUSE = 30, 0.1
PATIENCE = 30.0


def main(options: argparse.Namespace) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    pythons = {
        name: peers_python(WORK / name, HERE / f"requirements-{name}.txt") for name in ("litellm", "vllm-router")
    }
    contestants: dict[str, Contestant] = {
        OWN: ragstone,
        "bare aiohttp": bare_aiohttp,
        "vllm-router": vllm_router(pythons["vllm-router"]),
        LITELLM: litellm(pythons["litellm"]),
    }
    shutil.rmtree(WORK / "run", ignore_errors=True)
    begun = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    with ExitStack() as stack:
        target, routers = _start(stack, contestants)
        results = uvloop.run(_play(target, routers, options))
    said = environment()
    machine = ", ".join(f"{name} {said[name]}" for name in ("python", "system", "cpus"))
    session = [
        f"Run {begun}, commit {code_revision()}; {machine}.",
        f"{_versions(pythons)}. {options.rounds} rounds of {options.seconds:g} s for each figure.",
    ]
    text = page(session, results, PAUSE)
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "router.md").write_text(text)
    print(text)


def _start(stack: ExitStack, contestants: Mapping[str, Contestant]) -> tuple[Target, dict[str, Router]]:
    """The server behind all of them, and the routers."""
    port = _free_port()
    folder = WORK / "run" / "upstream"
    folder.mkdir(parents=True)
    stack.enter_context(spawned([sys.executable, "-m", "bench.router.upstream", str(port)], folder / "log.txt"))
    routers = {}
    for name, contestant in contestants.items():
        _say(f"starting {name}")
        folder = WORK / "run" / name.replace(" ", "-")
        folder.mkdir()
        place = Place(_free_port(), f"http://127.0.0.1:{port}", folder)
        routers[name] = stack.enter_context(started(contestant, place))
    return Target(port), routers


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def _play(direct: Target, routers: Mapping[str, Router], options: argparse.Namespace) -> dict[str, Figures]:
    results = {name: Figures() for name in (DIRECT, *routers)}
    for number in range(options.rounds + 1):
        _say(f"round {number} of {options.rounds}")
        # The first round fills caches and is not counted.
        round_results = results if number else {name: Figures() for name in results}
        await _round(direct, routers, round_results, options.seconds if number else 0.5)
    for name, router in routers.items():
        _say(f"{options.streams} streams: {name}")
        results[name].crowd = await _crowd(router, options.streams)
    return results


async def _round(direct: Target, routers: Mapping[str, Router], results: Mapping[str, Figures], seconds: float) -> None:
    """Every kind of request at every number of connections, everyone in turn."""
    spent: dict[tuple[str, str], tuple[float, int, int]] = {}
    for kind in KINDS:
        question = Question() if kind == "whole" else Question(PIECES, PAUSE)
        for connections in CONNECTIONS:
            for name, figures in results.items():
                router = routers.get(name)
                before = router.cpu_seconds() if router else 0.0
                tally = await drive(router.target if router else direct, question, connections, seconds, PATIENCE)
                cpu = router.cpu_seconds() - before if router else 0.0
                figures.cells.setdefault((kind, connections), Cell()).add(tally)
                spent[name, kind] = _sum(spent.get((name, kind), (0.0, 0, 0)), cpu, tally)
    for name in routers:
        (whole, answers, _), (streamed, streams, pieces) = spent[name, "whole"], spent[name, "stream"]
        of_request = 1e6 * whole / max(1, answers)
        results[name].of_request.append(of_request)
        results[name].of_piece.append((1e6 * streamed - streams * of_request) / max(1, pieces))


def _sum(so_far: tuple[float, int, int], cpu: float, tally: Tally) -> tuple[float, int, int]:
    return so_far[0] + cpu, so_far[1] + tally.answers, so_far[2] + tally.pieces


async def _crowd(router: Router, streams: int) -> Crowd:
    rest = peak = router.resident_bytes()
    before, began = router.cpu_seconds(), time.perf_counter()
    driving = asyncio.create_task(drive(router.target, Question(CROWD_PIECES, CROWD_PAUSE), streams, 0, 3 * PATIENCE))
    while not driving.done():
        peak = max(peak, router.resident_bytes())
        await asyncio.wait({driving}, timeout=0.2)
    tally = await driving
    return Crowd(
        streams=streams,
        answers=tally.answers,
        errors=tally.errors,
        seconds=time.perf_counter() - began,
        cpu_seconds=router.cpu_seconds() - before,
        first_words=tally.waits,
        rest_bytes=rest,
        peak_bytes=peak,
    )


def _versions(pythons: Mapping[str, Path]) -> str:
    own = _version(Path(sys.executable), "aiohttp")
    return ", ".join([f"aiohttp {own}", *(f"{name} {_version(python, name)}" for name, python in pythons.items())])


def _version(python: Path, package: str) -> str:
    script = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([python, "-c", script], capture_output=True, text=True, check=True).stdout.strip()


def _options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/router", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each figure in each round")
    parser.add_argument("--streams", type=int, default=1000, help="at once")
    parser.add_argument("--results", type=Path, default=ROOT / "bench" / "results")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main(_options())

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from typer.testing import CliRunner

from ragstone_evals.cli import GATE_CLOSED, app
from ragstone_evals.run import Run
from ragstone_testing.public_api import API_KEY, create_public_api

from .conftest import run_of
from .tasks.test_scifact import write_beir


@pytest.fixture
def url() -> Iterator[str]:
    """The public API over a real socket, served from a thread of its own: the command runs its own event loop."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(create_public_api(), log_level="error", lifespan="off"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def _arguments(url: str, folder: Path) -> list[str]:
    (folder / "key").write_text(API_KEY + "\n")
    places = ["--url", url, "--key-file", str(folder / "key"), "--out", str(folder / "out")]
    return ["run", "scifact", *places, "--data", str(write_beir(folder / "data"))]


def test_a_task_runs_from_the_terminal_and_leaves_runs_and_a_report(url: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, _arguments(url, tmp_path))
    assert result.exit_code == 0, result.output
    runs = sorted((tmp_path / "out").glob("*.json"))
    assert {"scifact-dense", "scifact-hybrid", "scifact-sparse"} < {path.stem.partition("-")[2] for path in runs}
    assert {"dense", "sparse", "hybrid"} < {Run.load(path).config["strategy"] for path in runs}
    (report,) = (tmp_path / "out").glob("*.html")
    assert "scifact-hybrid − scifact-dense" in report.read_text()


def test_a_sweep_measures_the_strategies_it_is_given_against_the_first(url: str, tmp_path: Path) -> None:
    _, task, *options = _arguments(url, tmp_path)
    result = CliRunner().invoke(app, ["sweep", task, "sparse", "hybrid+mmr:0.7", *options])
    assert result.exit_code == 0, result.output
    runs = {Run.load(path).name for path in (tmp_path / "out").glob("*.json")}
    assert runs == {"scifact-sparse", "scifact-hybrid+mmr:0.7"}
    assert "scifact-hybrid+mmr:0.7 against scifact-sparse" in " ".join(result.output.split())


def test_a_gateway_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    result = CliRunner().invoke(app, _arguments(f"http://127.0.0.1:{port}", tmp_path))
    assert result.exit_code == 1
    assert "unavailable: cannot reach" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_task_is_said_with_those_there_are(url: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["run", "beauty", *_arguments(url, tmp_path)[2:]])
    assert result.exit_code == 1
    assert "scifact" in result.stderr


def test_the_tasks_are_listed() -> None:
    assert "scifact" in CliRunner().invoke(app, ["tasks"]).stdout.split()


def _compared(folder: Path, after: float, *options: str) -> tuple[int, str]:
    run_of([0.8, 0.9] * 30, "old").save(folder / "old.json")
    run_of([after, after + 0.05] * 30, "new").save(folder / "new.json")
    result = CliRunner().invoke(app, ["compare", str(folder / "old.json"), str(folder / "new.json"), *options])
    return result.exit_code, result.output


def test_a_regression_closes_the_gate(tmp_path: Path) -> None:
    code, output = _compared(tmp_path, 0.7, "--gate", "points")
    assert code == GATE_CLOSED
    assert "gate closed: points fell by 0.125" in output


def test_without_a_gate_a_regression_is_only_shown(tmp_path: Path) -> None:
    code, output = _compared(tmp_path, 0.7)
    assert code == 0
    assert "-0.125 *" in output


def test_a_gain_passes_the_gate_and_the_comparison_is_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert _compared(tmp_path, 0.9, "--gate", "points", "--html", str(page))[0] == 0
    assert "new − old" in page.read_text()


def test_runs_that_cannot_be_compared_are_refused(tmp_path: Path) -> None:
    run_of([0.1, 0.2]).save(tmp_path / "a.json")
    (tmp_path / "b.json").write_text(json.dumps({"format": 2}))
    result = CliRunner().invoke(app, ["compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")])
    assert result.exit_code == 1

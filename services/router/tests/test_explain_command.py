import subprocess
import sys
from pathlib import Path

from services.router.tests.routing.test_file import ROUTES


def told(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "ragstone_router.explain_command", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_who_would_answer_is_printed_and_a_wrong_file_is_named(tmp_path: Path) -> None:
    routes, body = tmp_path / "routes.yaml", tmp_path / "body.json"
    routes.write_text(ROUTES)
    body.write_text('{"messages": [{"role": "user", "content": "Hello there"}], "logprobs": true}')

    said = told("fast", "--routes", str(routes), "--body", str(body), A_KEY="k")
    assert said.returncode == 0, said.stderr
    assert "needs logprobs" in said.stdout
    # A canary may come first.
    assert said.stdout.index("ragstone/ragstone-extractive") < said.stdout.index("openai/gpt-4o-mini")
    assert "not near/qwen: incapable" in said.stdout

    routes.write_text(ROUTES.replace("policy: cheapest", "policy: sticky\n    hedge: {after_seconds: 0.8}"))
    said = told("fast", "--routes", str(routes), A_KEY="k")
    assert "sticky: this order is by the hash" in said.stdout
    assert "has not begun after 0.8 s" in said.stdout
    assert "is asked besides when" in said.stdout
    routes.write_text(ROUTES)

    missing = told("fast", "--routes", str(routes))
    assert (missing.returncode, "A_KEY" in missing.stderr) == (1, True)
    assert "unknown_model" in told("slow", "--routes", str(routes), A_KEY="k").stderr

import json

import pytest

from ragstone_kit.logs import configure_logs, get_logger


@pytest.mark.requirement("SEC-4")
def test_a_secret_is_redacted_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", json=True)
    get_logger("test").info("call", api_key="canary-1", authorization="canary-2", user="ada")
    line = capsys.readouterr().err
    assert "canary" not in line
    assert json.loads(line)["user"] == "ada"

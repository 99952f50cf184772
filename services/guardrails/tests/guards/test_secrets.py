import pytest

from ragstone_contracts.guards import Stage
from ragstone_guardrails.panel import Panel
from ragstone_guardrails.port import Subject

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq\nq1\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("AKIA" + "IOSFODNN7EXAMPLE", "aws_access_key"),
        ("ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a", "github_token"),
        ("xoxb-" + "123456789012-abcdefABCDEF", "slack_token"),
        ("AIza" + "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", "google_api_key"),
        ("eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fw", "jwt"),
        (PEM, "private_key"),
        ("sk-" + "proj-abcDEF1234567890abcDEF", "model_api_key"),
    ],
)
@pytest.mark.parametrize("stage", ["input", "retrieved", "output"])
async def test_a_credential_is_masked(panel: Panel, secret: str, reason: str, stage: Stage) -> None:
    verdict = await panel.judge(Subject(stage, f"Use {secret} to connect."))
    assert (verdict.verdict, verdict.text) == ("modify", f"Use [{reason}] to connect.")


async def test_a_random_value_is_masked_where_its_name_says_that_it_is_secret(panel: Panel) -> None:
    masked = await panel.judge(Subject("output", 'db_password = "gT7kQ2vX9mZ4pL1w"'))
    assert masked.text == 'db_password = "[assigned_secret]"'
    plain = await panel.judge(
        Subject("output", "checksum = gT7kQ2vX9mZ4pL1w; the token must be passed unchanged-by-the-client")
    )
    assert plain.verdict == "allow"


async def test_the_password_of_a_url_is_masked(panel: Panel) -> None:
    verdict = await panel.judge(Subject("output", "postgresql://app:hunter22@db:5432/x"))
    assert verdict.text == "postgresql://[password_in_url]@db:5432/x"

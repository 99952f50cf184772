import pytest

from ragstone_guardrails.checksums import is_iban, passes_luhn
from ragstone_guardrails.panel import Panel
from ragstone_guardrails.port import Subject


@pytest.mark.parametrize(
    ("text", "reason", "found"),
    [
        ("Write to jane.doe+tax@mail.example.co.uk today", "email_address", "jane.doe+tax@mail.example.co.uk"),
        ("IBAN GB29 NWBK 6016 1331 9268 19 please", "iban", "GB29 NWBK 6016 1331 9268 19"),
        ("card 4111 1111 1111 1111, exp. 12/29", "credit_card", "4111 1111 1111 1111"),
        ("SSN 219-09-9999.", "us_ssn", "219-09-9999"),
        ("from 192.168.10.4 at noon", "ip_address", "192.168.10.4"),
        ("from 2001:db8::ff00:42:8329 at noon", "ip_address", "2001:db8::ff00:42:8329"),
        ("interface 00:1A:2B:3C:4D:5E", "mac_address", "00:1A:2B:3C:4D:5E"),
        ("call +41 44 668 18 00 now", "phone_number", "+41 44 668 18 00"),
        ("call (212) 555-0147 now", "phone_number", "(212) 555-0147"),
        ("the hidden 4111\u200b111111111111", "credit_card", "4111\u200b111111111111"),
    ],
)
async def test_structured_personal_data_is_reported_and_left_in_place(
    panel: Panel, text: str, reason: str, found: str
) -> None:
    verdict = await panel.judge(Subject("output", text))
    spans = [(one.reason, text[one.start : one.end]) for one in verdict.findings if one.guard == "pii"]
    assert spans == [(reason, found)]
    assert verdict.verdict == "modify" if "\u200b" in text else verdict.verdict == "allow"


@pytest.mark.parametrize(
    "text",
    [
        "order 4111 1111 1111 1112",
        "GB29 NWBK 6016 1331 9268 18",
        "000-12-3456, 666-12-3456 and 912-34-5678",
        "version 1.2.3.4 and 999.1.1.1",
        "the total of 78 651 450 was reported on 2024-03-05",
        "pages 100-200, 1,250,000 users, 3.14159265",
    ],
)
async def test_numbers_that_fail_their_check_are_not_personal_data(panel: Panel, text: str) -> None:
    assert (await panel.judge(Subject("output", text))).findings == []


def test_checksums_catch_a_single_changed_digit() -> None:
    assert passes_luhn("4111111111111111")
    assert not any(passes_luhn("411111111111111" + digit) for digit in "023456789")
    assert is_iban("DE89370400440532013000")
    assert not is_iban("DE89370400440532013001")

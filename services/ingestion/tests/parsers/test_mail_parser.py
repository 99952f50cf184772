from email.message import EmailMessage
from pathlib import Path

import pytest

from .reading import blocks, read

pytestmark = pytest.mark.requirement("ING-8")


def message(subject: str, body: str, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "Ada Löwe <ada@example.com>", "bob@example.com"
    mail["Date"] = "Mon, 02 Mar 2026 10:00:00 +0100"
    for name, value in headers.items():
        mail[name] = value
    mail.set_content(body)
    return mail


def test_headers_become_metadata_and_the_text_keeps_its_quotations(tmp_path: Path) -> None:
    mail = message("Größe der Wand", "Dear Bob,\n\n> How large?\n> Very.\n\nTwelve metres.\n", Cc="eve@example.com")
    document = read(tmp_path, "letter.eml", bytes(mail))
    assert document.title == "Größe der Wand"
    assert document.metadata == {
        "authors": ["Ada Löwe"],
        "created": "2026-03-02T10:00:00+01:00",
        "recipients": ["bob@example.com", "eve@example.com"],
    }
    shown = "From: Ada Löwe <ada@example.com>\nTo: bob@example.com\nCc: eve@example.com"
    assert blocks(document) == [
        ("title", "Größe der Wand"),
        ("paragraph", f"{shown}\nDate: Mon, 02 Mar 2026 10:00:00 +0100"),
        ("paragraph", "Dear Bob,"),
        ("paragraph", "> How large?\n> Very."),
        ("paragraph", "Twelve metres."),
    ]


def test_html_is_read_where_there_is_no_plain_text_and_attachments_are_named(tmp_path: Path) -> None:
    mail = message("Walls", " ")
    mail.add_alternative("<h1>Stones</h1><ul><li>red</ul><table><tr><th>a<th>b<tr><td>1<td>2</table>", subtype="html")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="plän.pdf")
    assert blocks(read(tmp_path, "letter.eml", bytes(mail)))[2:] == [
        ("heading1", "Stones"),
        ("list_item", "- red"),
        ("table", "a | b\n1 | 2"),
        ("list_item", "- Attachment: plän.pdf"),
    ]


def test_the_plain_text_stands_for_both_where_a_mail_says_it_twice(tmp_path: Path) -> None:
    mail = message("Walls", "Said once.")
    mail.add_alternative("<p>Said once.</p>", subtype="html")
    assert read(tmp_path, "letter.eml", bytes(mail)).text.count("Said once.") == 1


def test_a_forwarded_message_follows_under_its_own_subject(tmp_path: Path) -> None:
    mail = message("Fwd", "See below.")
    mail.add_attachment(message("The inner one", "Inner words."))
    found = blocks(read(tmp_path, "letter.eml", bytes(mail)))
    assert ("heading2", "The inner one") in found
    assert found[-1] == ("paragraph", "Inner words.")


@pytest.mark.parametrize("stated", ["", "; charset=windows-1251", "; charset=no-such-thing", "; charset=utf-8"])
def test_a_body_reads_whether_its_encoding_is_stated_missing_or_wrong(stated: str, tmp_path: Path) -> None:
    head = (
        f"From: a@example.com\r\nDate: x\r\nSubject: =?koi8-r?B?8NLJ18XU?=\r\nContent-Type: text/plain{stated}\r\n\r\n"
    )
    body = "Привет, мир! Это простой текст на русском языке.".encode("cp1251")
    document = read(tmp_path, "letter.eml", head.encode() + body)
    assert document.title == "Привет"
    assert "Это простой текст" in document.text


def test_a_mail_without_a_believable_date_states_none(tmp_path: Path) -> None:
    document = read(tmp_path, "letter.eml", b"From: <@@>\r\nDate: someday\r\nSubject: =?utf-8?B?broken\r\n\r\nHello.")
    assert "created" not in document.metadata
    assert "Hello." in document.text

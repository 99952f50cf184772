import pytest
from pydantic import SecretStr

from ragstone_contracts.errors import InvalidRequest
from ragstone_ingestion.errors import ParserMisconfigured, UnsupportedType
from ragstone_ingestion.parsers import registry
from ragstone_ingestion.parsers.registry import check_parser, hosted_name, hosted_parser, parser_for, reading_of

PDF = "application/pdf"


def test_a_reading_names_a_parser_only_where_that_parser_reads_the_type() -> None:
    assert reading_of(PDF, None) == PDF
    assert reading_of(PDF, "pdfplumber") == f"{PDF};pdfplumber"
    assert reading_of("text/csv", "pdfplumber") == "text/csv"
    assert reading_of(PDF, "textract") == f"{PDF};textract"
    assert reading_of("text/html", "textract") == "text/html"
    assert reading_of(PDF, "a parser that was taken away") == PDF


def test_only_the_reading_of_a_vendor_names_one() -> None:
    assert hosted_name(PDF) is None
    assert hosted_name(f"{PDF};pdfplumber") is None
    assert hosted_name(f"{PDF};textract") == "textract"


def test_alternatives_are_no_media_types() -> None:
    assert {one for one in registry.supported_media_types() if ";" in one} == set()
    assert f"{PDF};pdfplumber" in registry.local_readings()


def test_what_nobody_reads_is_an_unsupported_type() -> None:
    with pytest.raises(UnsupportedType, match="image/heic"):
        parser_for("image/heic")


def test_every_setting_that_is_missing_or_wrong_is_named_as_it_is_set() -> None:
    wrong = {"google_document_ai": {"url": SecretStr("https://documentai.test"), "colour": SecretStr("red")}}
    with pytest.raises(ParserMisconfigured) as refused:
        hosted_parser("google-document-ai", wrong)
    prefix = "RAGSTONE_INGESTION__HOSTED_PARSERS__GOOGLE_DOCUMENT_AI__"
    assert f"{prefix}URL: " in refused.value.detail
    assert f"{prefix}COLOUR: " in refused.value.detail
    assert "red" not in refused.value.detail


def test_an_alternative_whose_engine_is_missing_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        def load(self) -> None:
            raise ModuleNotFoundError("No module named 'pymupdf'", name="pymupdf")

    monkeypatch.setattr(registry, "_entry_points", lambda group: {f"{PDF};pymupdf": Point()})
    with pytest.raises(InvalidRequest, match="not installed here: pymupdf"):
        check_parser("pymupdf", {})

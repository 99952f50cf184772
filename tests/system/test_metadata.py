"""Metadata that nobody gave: read from the document, shown with its source, and filtered by."""

import pytest

from .running import Ragstone, upload, wait_until_ended

REPORT = (
    "# {name} Annual Report {year}\n\nThe tonnage of the {name} fleet grew, and so did what it earned in the year.\n"
)


@pytest.mark.requirement("RET-3")
def test_a_search_can_be_narrowed_to_a_company_and_a_year_that_nobody_typed_in(ragstone: Ragstone) -> None:
    with ragstone.client() as client:
        client.post("/v1/collections", json={"name": "reports"}).raise_for_status()
        documents = {}
        for name, year in (("Kittiwake Ltd", 2021), ("Kittiwake Ltd", 2022), ("Guillemot plc", 2022)):
            content = REPORT.format(name=name, year=year).encode()
            accepted = upload(client, "reports", f"{name} {year}.md", content).raise_for_status().json()
            documents[name, year] = wait_until_ended(client, accepted["document_id"])
        filters = {"organisation_key": "kittiwake", "fiscal_year": [2022, 2023]}
        body = {"query": "how did the tonnage of the fleet develop", "collection": "reports", "filters": filters}
        results = client.post("/v1/search", json=body).raise_for_status().json()["results"]
        wanted = documents["Kittiwake Ltd", 2022]
        evidence = wanted["provenance"]["organisation"]  # type: ignore[index]
        span = {"start": evidence["start"], "end": evidence["end"]}
        text = client.get(f"/v1/documents/{wanted['document_id']}/text", params=span).raise_for_status().json()
    assert {result["document_id"] for result in results} == {wanted["document_id"]}
    assert text["text"] == evidence["quote"] == evidence["value"] == "Kittiwake Ltd"

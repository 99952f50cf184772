import openai
import pytest

from .corpus import QUESTIONS, survey_pdf
from .running import Ragstone, upload, wait_until_ended


@pytest.fixture(scope="module")
def survey(ragstone: Ragstone) -> str:
    """The name of a collection that holds a PDF of more than fifty pages."""
    with ragstone.client() as client:
        client.post("/v1/collections", json={"name": "survey"}).raise_for_status()
        accepted = upload(client, "survey", "survey.pdf", survey_pdf()).raise_for_status()
        document = wait_until_ended(client, accepted.json()["document_id"])
    assert document["state"] == "ready"
    assert isinstance(document["pages"], int)
    assert document["pages"] >= 50
    return "survey"


@pytest.mark.requirement("CIT-1")
def test_every_citation_is_exactly_what_the_source_says_there(ragstone: Ragstone, survey: str) -> None:
    right = citations = 0
    with ragstone.client() as client:
        for question, expected in QUESTIONS.items():
            answer = (
                client.post("/v1/chat", json={"question": question, "collection": survey}).raise_for_status().json()
            )
            right += expected in answer["answer"]
            for citation in answer["citations"]:
                where = {name: citation[name] for name in ("version", "start", "end")}
                text = client.get(f"/v1/documents/{citation['document_id']}/text", params=where).json()
                assert text["text"] == citation["quote"]
                assert citation["page"] >= 1
                assert citation["boxes"]
                begin, end = citation["sentence"]
                assert answer["answer"][begin:end].strip()
                citations += 1
    assert citations >= len(QUESTIONS)
    assert right >= 9


@pytest.mark.requirement("CIT-2")
@pytest.mark.parametrize("question", ["What is the capital of Mongolia?", "How do I cook a soft-boiled egg?"])
def test_a_question_the_documents_do_not_answer_is_answered_by_saying_so(
    ragstone: Ragstone, survey: str, question: str
) -> None:
    with ragstone.client() as client:
        answer = client.post("/v1/chat", json={"question": question, "collection": survey}).raise_for_status().json()
    assert answer["abstained"]
    assert answer["citations"] == []


def test_the_official_openai_client_gets_a_streamed_answer(ragstone: Ragstone, survey: str) -> None:
    question = "Who is the chief engineer of the Brakken station?"
    with openai.OpenAI(base_url=ragstone.url + "/v1", api_key=ragstone.key) as client:
        for model in ("ragstone", f"ragstone:{survey}"):
            stream = client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": question}], stream=True
            )
            text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
            assert "Tomas Reyes" in text


def test_a_follow_up_in_a_thread_knows_what_was_asked_before(ragstone: Ragstone, survey: str) -> None:
    with ragstone.client() as client:
        for question, expected in (
            ("When was the Corvane station opened?", "1921"),
            ("And who is its chief engineer?", "Adaeze Obi"),
        ):
            body = {"question": question, "collection": survey, "thread_id": "thread-1"}
            answer = client.post("/v1/chat", json=body).raise_for_status().json()
            assert expected in answer["answer"]

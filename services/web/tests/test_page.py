"""The page in a real Chromium, against a gateway that speaks the contracts' wire."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from ragstone_contracts.chat import (
    Answer,
    ChatEvent,
    Citation,
    CitationEvent,
    DoneEvent,
    ErrorEvent,
    Fallback,
    PassageEvent,
    StatusEvent,
    TokenEvent,
    Unsupported,
    Usage,
)
from ragstone_contracts.documents import DocumentError
from ragstone_contracts.errors import Unavailable
from ragstone_contracts.search import ScoredChunk
from ragstone_testing.scripted_gateway import ScriptedGateway

pytestmark = pytest.mark.browser

FIRST, SECOND = "𝔘ranium 👩‍🚀 glows. ", "It does so 𝔫ightly."
ANSWER = FIRST + SECOND
QUOTES = ["𝔘ranium glows when 👩‍🚀 look at it.", "Every 𝔫ight it glows again."]
TEXT = "😀 preface\n" * 300 + QUOTES[0] + "\n\n" + "😀 between\n" * 300 + QUOTES[1] + "\n" + "😀 after\n" * 300
REMEMBER_REFUSALS = """
document.addEventListener("securitypolicyviolation", ({ blockedURI }) => (window.__refused ??= []).push(blockedURI));
"""
AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"


def cite(sentence: tuple[int, int], source: str, **changes: object) -> Citation:
    start = TEXT.index(source)
    citation = Citation(
        sentence=sentence,
        document_id="d0",
        version=1,
        title="Glow.pdf",
        page=7,
        start=start,
        end=start + len(source),
        quote=source,
        match="supported",
    )
    return citation.model_copy(update=changes)


def citations() -> list[Citation]:
    return [cite((0, len(FIRST)), QUOTES[0]), cite((len(FIRST), len(ANSWER)), QUOTES[1], page=9)]


def done(text: str, cited: list[Citation], **changes: object) -> DoneEvent:
    answer = Answer(answer_id="a1", answer=text, citations=cited, model="extractive", trace_id="trace-0042")
    return DoneEvent(answer=answer.model_copy(update=changes))


def passage() -> PassageEvent:
    chunk = ScoredChunk(
        chunk_id="k", document_id="d0", version=1, title="Glow.pdf", start=2, end=9, text="preface", score=0.5
    )
    return PassageEvent(passage=chunk)


def stream(text: str, cited: list[Citation], **changes: object) -> list[ChatEvent]:
    tokens = [TokenEvent(text=piece) for piece in re.findall(r"\s*\S+\s*", text)]
    marks = [CitationEvent(citation=citation) for citation in cited]
    return [StatusEvent(stage="search", detail="Searching"), passage(), *tokens, *marks, done(text, cited, **changes)]


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def choose(page: Page, name: str, content: bytes) -> None:
    files: list[FilePayload] = [{"name": name, "mimeType": "text/plain", "buffer": content}]
    page.get_by_label("Files to add").set_input_files(files)


class TestAnswers:
    @pytest.fixture(autouse=True)
    def _glow(self, gateway: ScriptedGateway, page: Page) -> None:
        gateway.add_document("Glow.pdf", TEXT)
        gateway.events = stream(ANSWER, citations())
        page.reload()

    @pytest.mark.requirement("WEB-1")
    def test_an_answer_streams_and_its_sentences_carry_numbers(self, gateway: ScriptedGateway, page: Page) -> None:
        gateway.hold.clear()
        ask(page, "Does it glow?")
        expect(page.locator(".answer")).to_have_text(f"{FIRST.strip()}1 {SECOND}2")
        expect(page.get_by_role("article")).to_have_attribute("aria-busy", "true")
        gateway.hold.set()
        expect(page.get_by_role("article")).to_have_attribute("aria-busy", "false")
        assert page.get_by_role("button", name=re.compile(r"^Source \d: Glow.pdf, page \d$")).count() == 2

    @pytest.mark.requirement("WEB-1")
    def test_a_citation_opens_the_source_at_exactly_its_quote(self, page: Page) -> None:
        ask(page, "Does it glow?")
        page.get_by_role("button", name="Source 2: Glow.pdf, page 9").click()
        source = page.get_by_label("Source", exact=True)
        expect(source.locator("mark")).to_have_text(QUOTES[1])
        expect(source.locator("mark")).to_be_in_viewport()
        expect(source.locator("blockquote")).to_have_text(QUOTES[1])
        expect(source).to_contain_text("Page 9")
        expect(source).to_contain_text("Borne out by this passage")
        expect(source.get_by_role("link", name="Original file")).to_have_attribute("href", "v1/documents/d0/file")

    @pytest.mark.requirement("WEB-1")
    def test_the_sources_of_an_answer_are_walked_by_keyboard(self, page: Page) -> None:
        ask(page, "Does it glow?")
        opener = page.get_by_role("button", name="Source 1: Glow.pdf, page 7")
        opener.focus()
        page.keyboard.press("Enter")
        mark = page.locator(".source mark")
        expect(mark).to_have_text(QUOTES[0])
        page.get_by_role("button", name="Next source").press("Enter")
        expect(mark).to_have_text(QUOTES[1])
        page.get_by_role("button", name="Previous source").press("Enter")
        expect(mark).to_have_text(QUOTES[0])
        page.keyboard.press("Escape")
        expect(mark).to_have_count(0)
        expect(opener).to_be_focused()

    def test_more_of_the_source_can_be_read_on_either_side(self, page: Page) -> None:
        ask(page, "Does it glow?")
        page.get_by_role("button", name="Source 1: Glow.pdf, page 7").click()
        page.get_by_role("button", name="Show what comes before").click()
        expect(page.get_by_role("button", name="Show what comes before")).to_have_count(0)
        page.get_by_role("button", name="Show what comes after").click()
        expect(page.locator(".canonical")).to_contain_text(QUOTES[1])
        expect(page.locator(".source mark")).to_have_text(QUOTES[0])

    def test_a_passage_at_the_very_end_of_a_text_opens_too(self, gateway: ScriptedGateway, page: Page) -> None:
        end = "The last 𝔴ords."
        gateway.texts["d0", 1] = TEXT + end
        start = len(TEXT)
        gateway.events = stream(
            ANSWER, [cite((0, len(FIRST)), QUOTES[0], start=start, end=start + len(end), quote=end)]
        )
        ask(page, "Does it glow?")
        page.get_by_role("button", name="Source 1: Glow.pdf, page 7").click()
        expect(page.locator(".source mark")).to_have_text(end)
        expect(page.get_by_role("button", name="Show what comes after")).to_have_count(0)

    def test_a_source_that_no_longer_says_the_quote_is_called_out(self, gateway: ScriptedGateway, page: Page) -> None:
        gateway.events = stream(ANSWER, [cite((0, len(FIRST)), QUOTES[0], quote="Something else.")])
        ask(page, "Does it glow?")
        page.get_by_role("button", name="Source 1: Glow.pdf, page 7").click()
        expect(page.locator(".source figcaption")).to_have_text("The source reads differently now")

    def test_a_source_that_is_gone_says_so(self, gateway: ScriptedGateway, page: Page) -> None:
        gateway.texts.clear()
        ask(page, "Does it glow?")
        page.get_by_role("button", name="Source 1: Glow.pdf, page 7").click()
        expect(page.locator(".source .problem")).to_contain_text("not_found")

    def test_follow_ups_share_a_thread_until_a_new_conversation(self, gateway: ScriptedGateway, page: Page) -> None:
        for number, question in enumerate(["Does it glow?", "And by day?"], 1):
            ask(page, question)
            expect(page.locator(".facts")).to_have_count(number)
        page.get_by_role("button", name="New conversation").click()
        ask(page, "Why?")
        expect(page.locator(".facts")).to_have_count(1)
        threads = [chat.thread_id for chat in gateway.chats]
        assert threads[0] == threads[1] != threads[2]
        assert [chat.question for chat in gateway.chats] == ["Does it glow?", "And by day?", "Why?"]

    @pytest.mark.requirement("WEB-1")
    def test_time_cost_and_model_come_with_an_answer(self, gateway: ScriptedGateway, page: Page) -> None:
        usage = Usage(prompt_tokens=812, completion_tokens=64, total_tokens=876)
        fallback = Fallback(wanted="big-writer", reason="timeout")
        gateway.events = stream(ANSWER, citations(), cost_usd=0.0042, usage=usage, fallback=fallback)
        ask(page, "Does it glow?")
        facts = page.locator(".facts")
        expect(facts.locator("summary")).to_have_text(re.compile(r"^[\d.]+ m?s\$0.0042extractive$"))
        facts.locator("summary").click()
        expect(facts).to_contain_text("812 in, 64 out")
        expect(facts).to_contain_text("big-writer (timeout)")
        expect(facts).to_contain_text("trace-0042")

    def test_an_unknown_cost_is_said_to_be_unknown(self, page: Page) -> None:
        ask(page, "Does it glow?")
        expect(page.locator(".facts summary")).to_contain_text("cost unknown")

    def test_removed_sentences_are_counted_and_shown_on_request(self, gateway: ScriptedGateway, page: Page) -> None:
        removed = [Unsupported(sentence="It hums too.", reason="no passage says so")]
        gateway.events = stream(ANSWER, citations(), unsupported=removed)
        ask(page, "Does it glow?")
        notice = page.get_by_text("1 sentence without a source removed")
        notice.click()
        expect(page.get_by_text("It hums too.")).to_be_visible()

    def test_a_question_without_an_answer_shows_what_came_closest(self, gateway: ScriptedGateway, page: Page) -> None:
        gateway.events = stream("Nothing here answers this.", [], abstained=True)
        ask(page, "How many whales?")
        expect(page.get_by_text("Nothing found", exact=True)).to_be_visible()
        page.get_by_label("What came closest").get_by_role("button").click()
        expect(page.locator(".source mark")).to_have_text("preface")

    def test_a_refused_question_shows_code_and_trace_and_can_be_asked_again(
        self, gateway: ScriptedGateway, page: Page
    ) -> None:
        gateway.problem = Unavailable("the index is away")
        ask(page, "Does it glow?")
        problem = page.get_by_role("alert")
        for part in ("the index is away", "unavailable", "trace-0042"):
            expect(problem).to_contain_text(part)
        gateway.problem = None
        problem.get_by_role("button", name="Ask again").click()
        expect(page.locator(".facts")).to_have_count(1)

    def test_an_error_in_the_stream_keeps_the_text_that_came(self, gateway: ScriptedGateway, page: Page) -> None:
        problem = Unavailable("the writer is away").problem("trace-0043").model_dump()
        gateway.events = [TokenEvent(text="Half a"), ErrorEvent(problem=problem)]
        ask(page, "Does it glow?")
        expect(page.get_by_role("alert")).to_contain_text("trace-0043")
        expect(page.locator(".answer")).to_have_text("Half a")

    def test_a_stream_that_breaks_off_is_an_error_and_never_a_short_answer(
        self, gateway: ScriptedGateway, page: Page
    ) -> None:
        gateway.events = [TokenEvent(text="Half a")]
        ask(page, "Does it glow?")
        expect(page.get_by_role("alert")).to_contain_text("stream_cut")

    def test_an_answer_can_be_stopped(self, gateway: ScriptedGateway, page: Page) -> None:
        gateway.hold.clear()
        ask(page, "Does it glow?")
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("Stopped before its end.")).to_be_visible()
        expect(page.get_by_label("Your question")).to_be_enabled()

    @pytest.mark.requirement("WEB-3")
    def test_a_screen_reader_hears_the_whole_answer_once(self, page: Page) -> None:
        ask(page, "Does it glow?")
        expect(page.get_by_role("status")).to_have_text(f"{ANSWER} 2 sources")

    @pytest.mark.requirement("WEB-3")
    def test_on_a_phone_nothing_is_wider_than_the_screen(self, page: Page) -> None:
        page.set_viewport_size({"width": 360, "height": 740})
        ask(page, "Does it glow?" * 20)
        width = "document.documentElement.scrollWidth"
        expect(page.locator(".facts")).to_be_visible()
        assert page.evaluate(width) == 360
        page.get_by_role("button", name="Source 1: Glow.pdf, page 7").click()
        expect(page.locator(".source mark")).to_be_in_viewport()
        assert page.evaluate(width) == 360
        page.get_by_role("button", name="Close the source").click()
        page.get_by_role("button", name="Documents").click()
        expect(page.get_by_role("link", name="Glow.pdf")).to_be_in_viewport()

    @pytest.mark.requirement("WEB-3")
    @pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm --prefix services/web ci")
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_axe_finds_nothing(self, gateway: ScriptedGateway, page: Page, scheme: str) -> None:
        gateway.add_document("Lost.pdf", "", state="rejected", error=DocumentError(code="locked", detail="Locked."))
        removed = [Unsupported(sentence="It hums too.", reason="no passage says so")]
        gateway.events = stream(ANSWER, citations(), unsupported=removed)
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        page.reload()
        ask(page, "Does it glow?")
        page.get_by_role("button", name="Source 1: Glow.pdf, page 7").click()
        expect(page.locator(".source mark")).to_be_visible()
        page.evaluate(AXE.read_text("utf-8"))
        violations = page.evaluate("axe.run().then(({ violations }) => violations)")
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []


class TestDocuments:
    @pytest.mark.requirement("WEB-1")
    def test_an_upload_shows_how_much_is_sent_then_each_step_then_that_it_is_ready(
        self, gateway: ScriptedGateway, page: Page
    ) -> None:
        gateway.hold.clear()
        slow = page.context.new_cdp_session(page)
        slow.send("Network.enable")
        limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
        slow.send("Network.emulateNetworkConditions", limits)
        choose(page, "Notes.txt", b"note " * 100_000)
        row = page.get_by_role("listitem").filter(has_text="Notes.txt")
        expect(row).to_contain_text(re.compile(r"Uploading[1-9]\d?%"))
        expect(row).to_contain_text("Embed40%")
        expect(page.get_by_text("1 document not ready yet")).to_be_visible()
        gateway.hold.set()
        expect(row).to_contain_text("3 pages")
        assert gateway.uploads == ["Notes.txt"]

    @pytest.mark.requirement("WEB-1")
    def test_files_dropped_anywhere_are_uploaded_in_turn(self, gateway: ScriptedGateway, page: Page) -> None:
        transfer = page.evaluate_handle(
            """() => {
                const transfer = new DataTransfer();
                for (const name of ["one.md", "two.md"]) transfer.items.add(new File(["text"], name));
                return transfer;
            }"""
        )
        # The page while it loads has a main too, which takes no files.
        conversation = page.get_by_role("main", name="Conversation")
        conversation.dispatch_event("dragenter", {"dataTransfer": transfer})
        expect(page.get_by_text("Drop to add to demo")).to_be_visible()
        conversation.dispatch_event("drop", {"dataTransfer": transfer})
        expect(page.get_by_role("link", name="two.md")).to_be_visible()
        assert gateway.uploads == ["one.md", "two.md"]

    @pytest.mark.requirement("WEB-1")
    def test_a_document_that_cannot_be_taken_says_why(self, gateway: ScriptedGateway, page: Page) -> None:
        gateway.rejects = DocumentError(code="password_required", detail="The PDF is locked with a password.")
        choose(page, "a.pdf", b"x")
        row = page.get_by_role("listitem").filter(has_text="a.pdf")
        expect(row).to_contain_text("The PDF is locked with a password.")
        expect(row).to_contain_text("password_required")

    def test_a_document_is_deleted_only_after_a_second_word(self, gateway: ScriptedGateway, page: Page) -> None:
        gateway.add_document("Old.pdf", "text")
        page.reload()
        page.get_by_role("button", name="Delete Old.pdf").press("Enter")
        assert len(gateway.documents) == 1
        page.get_by_role("button", name="Delete", exact=True).click()
        expect(page.get_by_role("link", name="Old.pdf")).to_have_count(0)
        assert gateway.documents == []

    def test_a_new_collection_opens_at_once(self, gateway: ScriptedGateway, page: Page) -> None:
        page.get_by_role("button", name="New collection").click()
        page.get_by_label("Name of the new collection").fill("Reports")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Reports")).to_have_attribute("aria-current", "true")

    def test_example_questions_are_asked_by_a_click(self, gateway: ScriptedGateway, page: Page) -> None:
        gateway.add_document("Glow.pdf", TEXT)
        gateway.events = stream(ANSWER, citations())
        page.reload()
        examples = page.get_by_label("Questions to start with").get_by_role("button")
        expect(examples).to_have_count(3)
        question = examples.first.inner_text()
        examples.first.click()
        expect(page.get_by_role("heading", name=question)).to_be_visible()

    def test_a_browser_without_a_session_signs_in_with_a_key(self, gateway: ScriptedGateway, page: Page) -> None:
        gateway.signed_in = False
        page.reload()
        page.get_by_label("API key").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label("API key").fill("right")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Your question")).to_be_visible()


class TestInertness:
    @pytest.mark.requirement("WEB-2")
    def test_hostile_text_stays_text_wherever_the_page_shows_it(
        self, gateway: ScriptedGateway, chromium: Browser, hostile: list[str]
    ) -> None:
        gateway.add_document("Glow.pdf", "\n".join(hostile) + TEXT)
        for payload in hostile:
            error = DocumentError(code=payload, detail=payload)
            gateway.add_document(payload, payload, state="failed", error=error, media_type=payload)
        context = chromium.new_context(reduced_motion="reduce")
        context.add_init_script(REMEMBER_REFUSALS)
        requests: list[str] = []
        context.on("request", lambda request: requests.append(request.url))
        page = context.new_page()
        page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
        page.goto(gateway.url)
        for number, payload in enumerate(hostile, 1):
            gateway.events = _hostile_events(payload)
            ask(page, payload)
            expect(page.locator(".facts")).to_have_count(number)
            assert payload in (page.locator(".answer").last.text_content() or "")
            page.locator(".citation").last.click()
            expect(page.locator(".source mark")).to_be_visible()
            page.get_by_role("button", name="Close the source").click()
        page.wait_for_timeout(300)
        assert page.url == gateway.url
        assert page.evaluate("[window.__ran, window.__refused]") == [None, None]
        assert {url for url in requests if not url.startswith(gateway.url)} == set()
        assert (
            page.locator("#root :is(img, script, iframe, object, embed, video, audio, style, link, base)").count() == 0
        )
        links = page.locator("a").evaluate_all("links => links.map((link) => link.href)")
        assert all(link.startswith(f"{gateway.url}v1/documents/") for link in links)
        context.close()

    @pytest.mark.requirement("WEB-2")
    def test_the_page_works_under_its_policy_without_a_single_refusal(
        self, gateway: ScriptedGateway, chromium: Browser
    ) -> None:
        gateway.add_document("Glow.pdf", TEXT)
        gateway.events = stream(ANSWER, citations())
        context = chromium.new_context()
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(gateway.url)
        ask(page, "Does it glow?")
        page.get_by_role("button", name="Source 1: Glow.pdf, page 7").click()
        expect(page.locator(".source mark")).to_be_visible()
        assert said == []
        context.close()


def _hostile_events(payload: str) -> list[ChatEvent]:
    """The payload in every field of the wire that the page shows."""
    text = f"{payload} It is said."
    citation = cite((0, len(text)), QUOTES[0], title=payload, quote=payload, start=0, end=len(payload))
    chunk = passage().passage.model_copy(update={"title": payload, "text": payload})
    return [
        StatusEvent(stage=payload, detail=payload),
        PassageEvent(passage=chunk),
        TokenEvent(text=text),
        CitationEvent(citation=citation),
        done(
            text,
            [citation],
            model=payload,
            trace_id=payload,
            timings={payload: 1.0},
            unsupported=[Unsupported(sentence=payload, reason=payload)],
            fallback=Fallback(wanted=payload, reason=payload),
        ),
    ]

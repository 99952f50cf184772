"""Amazon Textract: one page in one call, or, with a bucket, a document of many pages as a job."""

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from pydantic import Field, SecretStr

from ragstone_contracts.documents import ParsedDocument
from ragstone_contracts.errors import RagstoneError, UpstreamError
from ragstone_ingestion.adapters.parsers.aws_signature import Credentials, Unsigned, signed_headers
from ragstone_ingestion.adapters.parsers.exchange import Call, Exchange, PascalAnswered, Reply, Upload
from ragstone_ingestion.adapters.parsers.hosted import IMAGES, PDF, HostedParserBase, HostedSettings
from ragstone_ingestion.adapters.parsers.textract_blocks import TextractBlock, textract_document
from ragstone_ingestion.errors import CorruptDocument, ParserLimit, ParserMisconfigured, UnsupportedType

_FEATURES = ["LAYOUT", "TABLES"]
_BUSY = frozenset(
    {"ThrottlingException", "ProvisionedThroughputExceededException", "LimitExceededException", "InternalServerError"}
)
_DENIED = frozenset(
    {
        "AccessDeniedException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "IncompleteSignatureException",
        "MissingAuthenticationTokenException",
        "ExpiredTokenException",
        "InvalidS3ObjectException",
    }
)
_SYNCHRONOUS_MB = 10


class TextractSettings(HostedSettings):
    """Without ``bucket`` only single pages can be read: Textract takes longer documents from S3 alone."""

    region: str = Field(pattern=r"^[a-z0-9-]+$")
    key_id: str
    key: SecretStr
    session_token: SecretStr | None = None
    bucket: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    prefix: str = Field(default="ragstone", pattern=r"^[\w-]+(?:/[\w-]+)*$")
    """Where in the bucket a document lies while it is read."""
    url: str | None = None
    """In place of the region's own endpoint, as for a private one."""
    s3_url: str | None = None


class _Started(PascalAnswered):
    job_id: str


class _Pages(PascalAnswered):
    pages: int | None = None


class _Analysis(PascalAnswered):
    job_status: str = "SUCCEEDED"
    status_message: str = ""
    next_token: str | None = None
    blocks: list[TextractBlock] = []
    document_metadata: _Pages = _Pages()


class Textract(HostedParserBase[TextractSettings]):
    vendor = "Amazon Textract"
    media_types = frozenset({PDF, *IMAGES})
    settings_type = TextractSettings
    rejections = {
        "BadDocumentException": CorruptDocument,
        "UnsupportedDocumentException": UnsupportedType,
        "DocumentTooLargeException": ParserLimit,
    }

    async def _read(self, exchange: Exchange, upload: Upload) -> ParsedDocument:
        if self._settings.bucket and upload.media_type in (PDF, "image/tiff"):
            analyses = await self._job(exchange, upload)
        else:
            analyses = [await self._page(exchange, upload)]
        blocks = [block for analysis in analyses for block in analysis.blocks]
        return await asyncio.to_thread(textract_document, blocks, analyses[0].document_metadata.pages)

    async def _page(self, exchange: Exchange, upload: Upload) -> _Analysis:
        if len(upload.content) > _SYNCHRONOUS_MB * 1024**2:
            raise ParserLimit(
                f"{upload.filename} is over the {_SYNCHRONOUS_MB} MB that Textract takes without a bucket"
            )
        document = {"Bytes": base64.b64encode(upload.content).decode()}
        try:
            reply = await self._ask(exchange, "AnalyzeDocument", {"Document": document, "FeatureTypes": _FEATURES})
        except UnsupportedType as error:
            if upload.media_type != PDF:
                raise
            detail = "Amazon Textract reads a PDF of several pages only from a bucket, and none is set (BUCKET)"
            raise ParserMisconfigured(detail) from error
        return await exchange.read(_Analysis, reply)

    async def _job(self, exchange: Exchange, upload: Upload) -> list[_Analysis]:
        async with self._in_bucket(exchange, upload) as name:
            place = {"S3Object": {"Bucket": self._settings.bucket, "Name": name}}
            asked = {"DocumentLocation": place, "FeatureTypes": _FEATURES, "ClientRequestToken": uuid.uuid4().hex}
            started = await exchange.read(_Started, await self._ask(exchange, "StartDocumentAnalysis", asked))
            analyses = [await self._finished(exchange, started.job_id)]
            while analyses[-1].next_token:
                analyses.append(await self._get(exchange, started.job_id, analyses[-1].next_token))
            return analyses

    async def _finished(self, exchange: Exchange, job: str) -> _Analysis:
        analysis = await self._get(exchange, job)
        while analysis.job_status == "IN_PROGRESS":
            await asyncio.sleep(self._settings.poll_seconds)
            analysis = await self._get(exchange, job)
        if analysis.job_status != "SUCCEEDED":
            # PARTIAL_SUCCESS left pages out, and a document with holes would answer questions wrongly.
            message = analysis.status_message or analysis.job_status
            raise self._rejection(message, message) or UpstreamError(f"Amazon Textract: {message}"[:500])
        return analysis

    async def _get(self, exchange: Exchange, job: str, token: str | None = None) -> _Analysis:
        asked = {"JobId": job} | ({"NextToken": token} if token else {})
        return await exchange.read(_Analysis, await self._ask(exchange, "GetDocumentAnalysis", asked))

    @asynccontextmanager
    async def _in_bucket(self, exchange: Exchange, upload: Upload) -> AsyncIterator[str]:
        """The document as an object of the bucket, for as long as it is read."""
        name = f"{self._settings.prefix}/{uuid.uuid4().hex}"
        base = self._settings.s3_url or f"https://s3.{self._settings.region}.amazonaws.com"
        url = f"{base.rstrip('/')}/{self._settings.bucket}/{name}"
        put = Unsigned("PUT", url, {"content-type": upload.media_type}, upload.content)
        try:
            reply = await exchange.send(self._signed(put, "s3"))
            if reply.status >= 400:
                raise self._refusal(reply, message=f"the bucket refuses the document (HTTP {reply.status})")
            yield name
        finally:
            await exchange.say_goodbye(self._signed(Unsigned("DELETE", url, {}), "s3"))

    async def _ask(self, exchange: Exchange, action: str, asked: Mapping[str, Any]) -> Reply:
        url = self._settings.url or f"https://textract.{self._settings.region}.amazonaws.com"
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"Textract.{action}"}
        request = Unsigned("POST", f"{url.rstrip('/')}/", headers, json.dumps(asked).encode())
        reply = await exchange.send(self._signed(request, "textract"), _is_busy)
        if reply.status >= 400:
            raise self._meaning(reply)
        return reply

    def _meaning(self, reply: Reply) -> RagstoneError:
        code, said = _code(reply), reply.json_object()
        message = str(said.get("Message") or said.get("message") or "")
        if code in _DENIED:
            return ParserMisconfigured(f"Amazon Textract: {code}: {message}"[:500])
        return self._refusal(reply, code, message)

    def _signed(self, request: Unsigned, service: str) -> Call:
        token = self._settings.session_token
        credentials = Credentials(
            self._settings.key_id,
            self._settings.key.get_secret_value(),
            self._settings.region,
            token.get_secret_value() if token else None,
        )
        headers = signed_headers(request, credentials, service, datetime.now(UTC))
        return Call(request.method, request.url, headers, request.body)


def _is_busy(reply: Reply) -> bool:
    return reply.status >= 500 or reply.status == 429 or (reply.status == 400 and _code(reply) in _BUSY)


def _code(reply: Reply) -> str:
    """The error's name, which may come with a namespace before and an address behind it."""
    said = str(reply.json_object().get("__type") or reply.headers.get("x-amzn-errortype", ""))
    return said.rpartition("#")[2].partition(":")[0]

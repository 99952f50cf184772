"""The OpenAI wire, as far as the models here go."""

import orjson
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from ragstone_contracts.models import (
    ChatCompletionRequest,
    EmbeddingRequest,
    ModelCard,
    ModelList,
    RerankRequest,
    RerankResponse,
    RerankResult,
)
from ragstone_inference.completion import Completion, streamed, wants_usage, whole
from ragstone_inference.dependencies import ModelsDependency, SettingsDependency
from ragstone_inference.embedding_wire import embedding_list
from ragstone_inference.limits import check_texts
from ragstone_kit import sse
from ragstone_kit.caller import CallerDependency

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/models")
async def list_models(_: CallerDependency, models: ModelsDependency) -> ModelList:
    return ModelList(data=[ModelCard(id=name) for name in models.names])


@router.post("/embeddings")
async def embed(
    request: EmbeddingRequest, _: CallerDependency, models: ModelsDependency, settings: SettingsDependency
) -> Response:
    embedder = models.embedder_called(request.model)
    texts = check_texts(request.input, settings.max_texts)
    embeddings = await embedder.embed(texts)
    body = embedding_list(embeddings, embedder.name, as_base64=request.encoding_format == "base64")
    # Straight to JSON: validating a few hundred vectors number by number costs more than making them.
    return Response(orjson.dumps(body), media_type="application/json")


@router.post("/rerank")
async def rerank(
    request: RerankRequest, _: CallerDependency, models: ModelsDependency, settings: SettingsDependency
) -> RerankResponse:
    reranker = models.reranker_called(request.model)
    scores = await reranker.score(request.query, check_texts(request.documents, settings.max_texts))
    best_first = sorted(range(len(scores)), key=lambda index: -scores[index])[: request.top_n]
    results = [RerankResult(index=index, relevance_score=scores[index]) for index in best_first]
    return RerankResponse(model=reranker.name, results=results)


@router.post("/chat/completions")
async def chat(request: ChatCompletionRequest, _: CallerDependency, models: ModelsDependency) -> Response:
    completion = Completion(models.chat_model(request.model), request.messages)
    if not request.stream:
        return Response(orjson.dumps(await whole(completion)), media_type="application/json")
    events = streamed(completion, include_usage=wants_usage(request))
    return StreamingResponse(events, media_type=sse.MEDIA_TYPE, headers=sse.HEADERS)

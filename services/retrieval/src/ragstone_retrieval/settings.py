"""Settings of the retrieval service, from ``RAGSTONE_RETRIEVAL__*``."""

from pathlib import Path

from pydantic import Field, SecretStr

from ragstone_contracts.models import EMBEDDER, LATE_INTERACTION, RERANKER
from ragstone_kit.settings import ServiceSettings


class RetrievalSettings(ServiceSettings, env_prefix="RAGSTONE_RETRIEVAL__"):
    host: str = "127.0.0.1"
    port: int = 8082
    ingestion_url: str = "http://ingestion:8081"
    router_url: str = "http://router:8083"
    index_url: str = "http://qdrant:6333"
    """What ``ragstone_index.open_index`` takes: ``memory:``, ``edge:FOLDER`` or the URL of a Qdrant server."""
    index_api_key: SecretStr | None = None
    embedder: str = EMBEDDER
    """For collections that name none; it must be the one their chunks were embedded with."""
    reranker: str = RERANKER
    late_interaction: str = LATE_INTERACTION
    tokenizer_file: Path | None = None
    """The embedder's ``tokenizer.json``, by which contexts are measured; without it tokens are estimated."""
    strategy: str = "hybrid"
    """What requests and collections that name none are searched by, see ``strategies.py``."""
    infer_filters: bool = True
    """Whether filters are read from the query, for requests and collections that do not say."""
    candidates: int = Field(default=50, ge=1, le=1000)
    """How many chunks each leg brings to the fusion, at least; more when the caller wants more."""
    rerank_candidates: int = Field(default=20, ge=1, le=200)
    dense_weight: float = Field(default=0.6, ge=0)
    sparse_weight: float = Field(default=0.4, ge=0)
    """Of ``hybrid``, relative to each other. Shares of the dense leg from .55 to .65 measured alike on every corpus."""
    rrf_k: int = Field(default=60, ge=1)
    """Of ``rrf``: the rank at which a hit is worth half of the first, roughly; 60 is the customary value."""

"""Settings of the ingestion service."""

from pathlib import Path

from pydantic import Field, SecretStr

from ragstone_contracts.models import EMBEDDER
from ragstone_ingestion.connectors.access import ConnectorSecret
from ragstone_kit.egress import EgressRules
from ragstone_kit.settings import ServiceSettings


class IngestionSettings(ServiceSettings, env_prefix="RAGSTONE_INGESTION__"):
    """Read from ``RAGSTONE_INGESTION__<FIELD>``. Sizes in megabytes are of 1024 x 1024 bytes, times in seconds."""

    host: str = "127.0.0.1"
    port: int = 8081
    database_url: str = "sqlite+aiosqlite:///ingestion.db"
    """SQLAlchemy's, with an async driver; Postgres is ``postgresql+psycopg://...``."""
    objects_url: str = "objects"
    """Where originals and parsed documents are kept: a folder, or any fsspec URL such as ``s3://bucket/prefix``."""
    index_url: str = "edge:index"
    index_api_key: SecretStr | None = None
    router_url: str = "http://router:8083"
    embedder: str = EMBEDDER
    embed_batch: int = Field(default=32, ge=1, le=512)
    """Texts sent to the router in one call."""
    infer_metadata: bool = True
    """Whether fields such as company and year are read from the documents; a collection's own setting goes first."""
    tokenizer_file: Path | None = None
    """The embedder's ``tokenizer.json``, by which chunks are measured; without it tokens are counted approximately."""
    parsers: int = Field(default=1, ge=1)
    """Parser processes, each for one document at a time."""
    parser_idle_seconds: float = Field(default=10.0, ge=0)
    """How long a parser stays warm for the next document; it holds up to 170 MB."""
    parser_memory_mb: int = 2048
    parser_seconds: int = 120
    """Of wall clock, and of CPU time, for one document."""
    max_upload_mb: int = Field(default=100, ge=1)
    hosted_parsers: dict[str, dict[str, SecretStr]] = {}
    """Settings of vendors' parsers by name: ``RAGSTONE_INGESTION__HOSTED_PARSERS__LLAMAPARSE__KEY``. No document is
    sent to a vendor unless its collection asks for that parser."""

    embedded_worker: bool = True
    """Whether the process that serves the API also works off jobs."""
    sole_worker: bool = False
    """No other process works on these jobs: what a killed one had leased is taken up at start, not when leases end."""
    concurrency: int = Field(default=2, ge=1)
    """Jobs a worker runs at a time; with two, one document is parsed while another is embedded."""
    express: int = Field(default=1, ge=0)
    """Jobs it runs beside them when somebody waits for each: single uploads, deletions."""
    embed_slots: int = Field(default=2, ge=1)
    """Documents of a worker that may ask the embedder at a time."""
    lease_seconds: float = Field(default=30.0, gt=0)
    """How long a worker that went silent keeps its job from the others."""
    job_seconds: float = Field(default=3600.0, gt=0)
    """The longest one attempt may take."""
    max_attempts: int = Field(default=5, ge=1)
    backoff_seconds: float = Field(default=5.0, ge=0)
    """The wait before the second attempt; each further one waits twice as long."""
    tenant_jobs: int = Field(default=20_000, ge=1)
    """Open jobs of one tenant; an upload beyond them is answered 429 and when to come again."""
    total_jobs: int = Field(default=100_000, ge=1)
    """Open jobs of all tenants; an upload beyond them is answered 503."""
    hurry_jobs: int = Field(default=8, ge=0)
    """Uploads of a tenant that has more open jobs than this are a batch: the single uploads of others go first."""
    min_free_mb: int = Field(default=256, ge=0)
    """What uploads leave free on the disk of an object store that is a folder; beyond it they are answered 507."""
    reap_seconds: float = Field(default=5.0, gt=0)
    """How often a process takes back what silent workers held and announces what is due."""
    poll_seconds: float = Field(default=2.0, gt=0)
    """How often a worker that nobody woke looks for due jobs."""
    prune_seconds: float = Field(default=60.0, ge=0)
    """How long the chunks of a replaced version stay for the queries that began before the replacement."""
    reconcile_seconds: float = Field(default=86_400.0, ge=0)
    """How often every store is held against the tables, by a job; 0 is never."""
    reconcile_grace_seconds: float = Field(default=3600.0, gt=0)
    """How long the bytes of an upload may lie unnamed before they count as left behind."""
    egress: EgressRules = EgressRules()
    """Where connectors may go besides the public internet: ``EGRESS__PRIVATE_HOSTS``, ``EGRESS__PORTS`` and so on."""
    connector_roots: list[str] = []
    """Folders below which connectors may read; ``{tenant}`` in one stands for the tenant's name."""
    connector_roots_file: Path | None = None
    """More of them, a line each; read anew at every use."""
    connector_secrets: dict[str, ConnectorSecret] = {}
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    """Where a worker process without an API serves its metrics; nowhere by default."""
    celery_broker_url: str | None = None
    """With it, workers are woken through Celery instead of in the process; needs the ``cluster`` extra."""

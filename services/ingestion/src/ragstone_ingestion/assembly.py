"""The parts of the service put together, for the API, for a worker process and for a Celery task alike."""

import time
from dataclasses import dataclass

from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import CollectionSettings
from ragstone_index import VectorIndex, open_index
from ragstone_ingestion import tables
from ragstone_ingestion.activation import Activation
from ragstone_ingestion.admission import Admission
from ragstone_ingestion.bulk import Bulk
from ragstone_ingestion.changing import Changes
from ragstone_ingestion.chunkers import registry
from ragstone_ingestion.chunkers.port import Chunker
from ragstone_ingestion.collection_store import CollectionStore
from ragstone_ingestion.connectors.assembly import Connectors, assemble_connectors
from ragstone_ingestion.connectors.sync import Sync
from ragstone_ingestion.deletion import Deletion
from ragstone_ingestion.document_store import DocumentStore
from ragstone_ingestion.drafts import ChunkerFor, DocumentParser, Drafting
from ragstone_ingestion.embedding import Embedding
from ragstone_ingestion.fencing import fenced
from ragstone_ingestion.fields import FieldStore
from ragstone_ingestion.forecast import Forecast
from ragstone_ingestion.history.service import History, assemble_history
from ragstone_ingestion.job_listing import JobListing
from ragstone_ingestion.job_worker import Worker, WorkerRules
from ragstone_ingestion.jobs import Backlog, Clock, JobKind, JobOverview, JobRules, JobStore, QueueLimits
from ragstone_ingestion.moving import Moves
from ragstone_ingestion.objects import ObjectStore
from ragstone_ingestion.parser_dispatch import ParserDispatch
from ragstone_ingestion.pipeline import Pipeline
from ragstone_ingestion.pruning import Prune
from ragstone_ingestion.reading import Reading
from ragstone_ingestion.reconciling import Reconciler, ReconcileSchedule
from ragstone_ingestion.reindexing.assembly import Reindexing, assemble_reindexing
from ragstone_ingestion.reindexing.making import Making
from ragstone_ingestion.reindexing.placement import Placement
from ragstone_ingestion.requeuing import Requeuing
from ragstone_ingestion.sandbox import ParserPool, SandboxLimits
from ragstone_ingestion.settings import IngestionSettings
from ragstone_ingestion.sharing import Sharing
from ragstone_ingestion.stage_slots import StageSlots
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tokens import TokenCounter
from ragstone_ingestion.uploads import Uploads
from ragstone_ingestion.vector_cache import VectorCache
from ragstone_ingestion.why import Why
from ragstone_kit.database import Database
from ragstone_kit.identity import IdentityTokens


@dataclass(frozen=True)
class Ingestion:
    """Every use case of the service, over one database, object store and index."""

    stores: Stores
    parser: ParserDispatch
    chunker_for: ChunkerFor
    collections: CollectionStore
    history: History
    fields: FieldStore
    documents: DocumentStore
    sharing: Sharing
    changes: Changes
    uploads: Uploads
    reading: Reading
    deletion: Deletion
    connectors: Connectors
    reindexing: Reindexing
    reconciler: Reconciler
    schedule: ReconcileSchedule
    overview: JobOverview
    jobs: JobListing
    requeuing: Requeuing
    why: Why
    worker: Worker

    async def open(self) -> None:
        await self.stores.database.create_tables(tables.metadata)

    async def close(self) -> None:
        """Hand back what is being worked on and let go of what was opened here; index and router are the caller's."""
        await self.worker.stop()
        await self.parser.close()
        await self.stores.database.close()


def assemble(
    settings: IngestionSettings,
    index: VectorIndex,
    router: RouterClient,
    *,
    parser: DocumentParser | None = None,
    clock: Clock = time.time,
) -> Ingestion:
    database = Database(settings.database_url)
    placement = Placement(database, fenced(index))
    slots = StageSlots({"parse": settings.parsers, "embed": settings.embed_slots}, settings.express)
    stores = Stores(database, ObjectStore(settings.objects_url), placement, job_store(settings, database, clock), slots)
    overview = JobOverview(database, clock)
    backlog = Backlog(overview, _queue_limits(settings), clock)
    admission = Admission(database, stores.objects, backlog, settings.min_free_mb * 1024**2)
    forecast = Forecast(database, overview, clock)
    documents = DocumentStore(database, clock, forecast)
    listing = JobListing(database, forecast, clock)
    prune = Prune(database, stores.index, stores.jobs, clock, settings.prune_seconds)
    activation = Activation(database, stores.index, stores.jobs, prune)
    deletion = Deletion(stores, documents, activation, clock)
    reconciler = Reconciler(stores, clock, settings.reconcile_grace_seconds)
    parser = ParserDispatch(parser or ParserPool(_limits(settings)), settings.hosted_parsers)
    chunker_for = _chunker_by(settings)
    embedding = _embedding(settings, stores, router)
    drafting = Drafting(stores.objects, parser, chunker_for, infer_metadata=settings.infer_metadata)
    pipeline = Pipeline(stores, drafting, embedding, activation)
    collections = CollectionStore(database, clock)
    history = assemble_history(stores, collections, clock, settings.prune_seconds)
    sharing, moves = Sharing(stores, activation, clock), Moves(stores, pipeline, clock)
    uploads = Uploads(stores, admission, clock, settings.max_upload_mb * 1024**2)
    connectors = assemble_connectors(settings, stores, collections, Sync(stores, uploads, deletion, clock), clock)
    making = Making(drafting, chunker_for, embedding, activation)
    reindexing = assemble_reindexing(stores, collections, making, clock, settings.prune_seconds)
    handlers = {
        JobKind.INGEST: pipeline.run,
        JobKind.PRUNE: prune.run,
        JobKind.DELETE: deletion.delete_document,
        JobKind.DROP: deletion.drop_collection,
        JobKind.RECONCILE: reconciler.work,
        JobKind.REINDEX: reindexing.work.run,
        JobKind.SYNC: connectors.jobs.run,
        JobKind.SHARE: sharing.run,
        JobKind.MOVE: moves.run,
        JobKind.LEAVE: moves.leave,
        JobKind.RELEASE: history.release.run,
        JobKind.ROLLBACK: history.reverting.run,
    }
    return Ingestion(
        stores,
        parser,
        chunker_for,
        collections,
        history,
        FieldStore(database),
        documents,
        sharing,
        Changes(database, collections, sharing, moves),
        uploads,
        Reading(documents, stores.objects),
        deletion,
        connectors,
        reindexing,
        reconciler,
        ReconcileSchedule(database, clock, settings.reconcile_seconds),
        overview,
        listing,
        Requeuing(database, listing, admission, clock),
        Why(database, documents, forecast, clock),
        Worker(
            stores.jobs, handlers, Bulk(stores, drafting, embedding, activation).run, _worker_rules(settings), slots
        ),
    )


def open_index_by(settings: IngestionSettings) -> VectorIndex:
    """The index the settings name, for processes that are handed none."""
    key = settings.index_api_key
    return open_index(settings.index_url, api_key=key.get_secret_value() if key else None)


def _chunker_by(settings: IngestionSettings) -> ChunkerFor:
    path = settings.tokenizer_file
    tokens = TokenCounter.approximate() if path is None else TokenCounter.from_file(path)

    def by_collection(collection: CollectionSettings) -> Chunker:
        return registry.chunker_for(collection, tokens)

    return by_collection


def _embedding(settings: IngestionSettings, stores: Stores, router: RouterClient) -> Embedding:
    tokens = IdentityTokens(settings.internal_secret)
    cache = VectorCache(stores.database)
    return Embedding(router, tokens, cache, settings.embedder, settings.embed_batch)


def _limits(settings: IngestionSettings) -> SandboxLimits:
    return SandboxLimits(
        memory_mb=settings.parser_memory_mb,
        seconds=settings.parser_seconds,
        workers=settings.parsers,
        idle_seconds=settings.parser_idle_seconds,
    )


def job_store(settings: IngestionSettings, database: Database, clock: Clock = time.time) -> JobStore:
    """The jobs under the rules the settings name."""
    rules = JobRules(settings.lease_seconds, settings.max_attempts, settings.backoff_seconds)
    return JobStore(database, rules, clock)


def _queue_limits(settings: IngestionSettings) -> QueueLimits:
    return QueueLimits(settings.tenant_jobs, settings.total_jobs, settings.hurry_jobs)


def _worker_rules(settings: IngestionSettings) -> WorkerRules:
    return WorkerRules(
        settings.concurrency,
        settings.express,
        settings.lease_seconds,
        settings.job_seconds,
        settings.poll_seconds,
    )

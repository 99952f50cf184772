"""What ingestion refuses, each with its own code. A rejected document does not get better by trying again."""

from ragstone_contracts.errors import Conflict, RagstoneError, Unavailable


class DocumentRejected(RagstoneError):
    """The document itself cannot be taken; the same bytes would fail the same way."""

    status, code, title = 422, "document_rejected", "The document cannot be taken"


class UnsupportedType(DocumentRejected):
    code, title = "unsupported_type", "Documents of this type are not supported"


class EmptyDocument(DocumentRejected):
    code, title = "empty_document", "The document is empty"


class PasswordProtected(DocumentRejected):
    code, title = "password_protected", "The document is locked with a password"


class CorruptDocument(DocumentRejected):
    code, title = "corrupt_document", "The document is damaged and cannot be read"


class ParserLimit(DocumentRejected):
    """Memory, time or output ran over its limit, or the parser's process died of the document."""

    code, title = "parser_limit", "Reading the document went over a limit"


class NoText(DocumentRejected):
    code, title = "no_text", "The document holds no text that can be read"


class ParserMisconfigured(RagstoneError):
    """A hosted parser lacks settings, or its vendor refuses them: an operator's to mend, never the document's fault."""

    status, code, title = 422, "parser_misconfigured", "The hosted parser is not set up"


class CollectionExists(Conflict):
    code, title = "collection_exists", "There is a collection of this name already"


class FilenameTaken(Conflict):
    """The document of this name is not one the caller may see, so it cannot be replaced."""

    code, title = "filename_taken", "The collection has a file of this name already"


class NotReady(Conflict):
    code, title = "not_ready", "The document has not been read yet"


class QueueFull(RagstoneError):
    """The tenant has as many documents waiting as it may; ``retry_after`` says when there should be room."""

    status, code, title = 429, "queue_full", "Too many documents of this tenant are waiting"


class QueuesFull(Unavailable):
    code, title = "queues_full", "Too many documents are waiting"


class StorageFull(RagstoneError):
    status, code, title = 507, "storage_full", "The object store has no room for uploads"


class NotRequeueable(Conflict):
    code, title = "not_requeueable", "The job cannot be queued again"


class SnapshotExists(Conflict):
    code, title = "snapshot_exists", "The collection has a snapshot of this name already"


class NothingToUndo(Conflict):
    code, title = "nothing_to_undo", "The collection was not rolled back"


class GoneVersion(RagstoneError):
    """What was asked for of the past is not whole any more: part of it may be removed."""

    status, code, title = 410, "gone_version", "That state of the collection is not kept any more"


class LockedOut(Conflict):
    code, title = "locked_out", "The change would lock out whoever makes it"


class Moving(Conflict):
    code, title = "moving", "The document is on its way to another collection"


class ReindexUnderWay(Conflict):
    code, title = "reindex_under_way", "The collection is being made anew already"


class ReindexSwapped(Conflict):
    code, title = "reindex_swapped", "The new index answers already"


class ReindexBlocked(RagstoneError):
    """A document cannot be read or cut again: mend or delete it, then ask for the same reindexing again."""

    status, code, title = 409, "reindex_blocked", "A document cannot be made anew"


class ReindexUnsound(RagstoneError):
    status, code, title = 500, "reindex_unsound", "The new index does not find what is in it"


class LeaseLost(Conflict):
    """The job went to another worker, or was called off: whoever held it must stop and write nothing more."""

    code, title = "lease_lost", "The job belongs to another worker now"

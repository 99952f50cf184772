"""Why a document cannot be taken: each reason has its own code, and none of them goes away by trying again."""

from ragstone_contracts.errors import RagstoneError


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

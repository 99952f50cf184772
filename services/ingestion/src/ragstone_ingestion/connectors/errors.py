"""Why a source, or one item of it, could not be taken."""

from ragstone_contracts.errors import Conflict, RagstoneError, Unavailable


class SourceRefused(RagstoneError):
    """The source is not one this tenant may read, or says no for good: trying again does not help."""

    status, code, title = 422, "source_refused", "The source cannot be read"


class RootNotAllowed(SourceRefused):
    code, title = "root_not_allowed", "Folders and repositories outside the allowed roots are not read"


class SecretNotAllowed(SourceRefused):
    """Also for a secret that exists and is another tenant's."""

    code, title = "secret_not_allowed", "There is no such secret for this source"


class SourceUnavailable(Unavailable):
    """The source does not answer now. Nothing is concluded from it: what it held stays."""

    code, title = "source_unavailable", "The source cannot be read now"


class ItemGone(RagstoneError):
    """The source says that the item is no longer there."""

    status, code, title = 404, "item_gone", "The source has no such item any more"


class ItemSkipped(RagstoneError):
    """The item is there and is not taken; ``code`` says why."""

    status, title = 422, "The item is not taken"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class ConnectorExists(Conflict):
    code, title = "connector_exists", "The collection has a connector of this name already"

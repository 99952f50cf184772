"""What can go wrong here, by code."""

from ragstone_contracts.errors import NotFound, RagstoneError, Unavailable


class ModelUnavailable(Unavailable):
    code, title = "model_unavailable", "The model is not on this machine"


class UnknownModel(NotFound):
    code, title = "unknown_model", "There is no such model"


class ModelFilesRefused(RagstoneError):
    """Fetched files are not the ones this release was built for; they were thrown away."""

    status, code, title = 503, "model_files_refused", "The model files do not have the expected checksum"


class ModelFilesUnreachable(Unavailable):
    code, title = "model_files_unreachable", "The model files cannot be fetched"


class ModelStarting(Unavailable):
    code, title = "model_starting", "The model server is not ready yet"


class ModelCrashed(Unavailable):
    """The server ended again and again; it is tried again later."""

    code, title = "model_crashed", "The model server does not stay up"


class ModelStopping(Unavailable):
    code, title = "model_stopping", "The model server takes no more requests"

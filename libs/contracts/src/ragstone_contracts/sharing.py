"""Changes of who may see what, of where a document is, and of how a collection is searched."""

from typing import Literal

from pydantic import Field, field_validator

from ragstone_contracts.documents import CollectionSettings, checked_acl
from ragstone_contracts.model import Wire

INHERIT: Literal["inherit"] = "inherit"


class DocumentUpdate(Wire):
    """What is left out stays as it is.

    ``acl`` may be ``inherit``: the collection's, from now on. ``collection`` is the name or id of the one to move to.
    An ``acl`` that does not name the caller is refused unless ``force`` says that this is meant.
    """

    acl: list[str] | Literal["inherit"] | None = None
    collection: str | None = None
    force: bool = False

    @field_validator("acl")
    @classmethod
    def _acl(cls, acl: list[str] | str | None) -> list[str] | str | None:
        return checked_acl(acl) if isinstance(acl, list) else acl


class DocumentChanged(Wire):
    """Where a document is now, and who may see it there.

    ``complete`` is false when the index has yet to be told: nobody who lost access finds the document meanwhile, and
    who gained it, or the move, has to wait for the job.
    """

    document_id: str
    collection_id: str
    acl: list[str]
    inherits_acl: bool
    complete: bool


class SearchSettings(Wire):
    """The settings of a collection that change without reading its documents again; ``None`` takes the default."""

    strategy: str | None = None
    infer_filters: bool | None = None


class CollectionUpdate(Wire):
    """What is left out stays as it is; so do the settings that ``settings`` leaves out.

    Documents that inherit their access follow ``acl``. One that does not name the caller is refused unless ``force``
    says that this is meant.
    """

    name: str | None = Field(default=None, min_length=1, max_length=120, pattern=r"^[\w][\w .:@-]*$")
    acl: list[str] | None = None
    settings: SearchSettings | None = None
    force: bool = False

    @field_validator("acl")
    @classmethod
    def _acl(cls, acl: list[str] | None) -> list[str] | None:
        return None if acl is None else checked_acl(acl)


class CollectionChanged(Wire):
    """What a collection is now. ``complete`` is false while documents that inherit its access have yet to follow."""

    id: str
    name: str
    acl: list[str]
    settings: CollectionSettings
    complete: bool

"""``ragstone share`` and ``ragstone move``: who may see a document or collection, and where a document is."""

from typing import Annotated

import typer
from rich.console import Console

from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.sharing import INHERIT, CollectionChanged, CollectionUpdate, DocumentChanged, DocumentUpdate
from ragstone_standalone.calling import KeyFile, Url, call

out = Console()
_LATER = "the index has yet to follow; whoever lost access finds nothing meanwhile"

DocumentId = Annotated[str, typer.Argument(help="Id of a document.")]
With = Annotated[list[str] | None, typer.Option("--with", help="'*', user:ID or group:ID; may be given repeatedly.")]


def share(  # noqa: PLR0913  a command has an argument for each of its options
    document_id: Annotated[str | None, typer.Argument(help="Id of a document; without it, a --collection.")] = None,
    readers: With = None,
    inherit: Annotated[bool, typer.Option("--inherit", help="As the document's collection, from now on.")] = False,
    collection: Annotated[str | None, typer.Option("--collection", "-c", help="Name or id of a collection.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Even if you lose access yourself.")] = False,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Say who may see a document or a collection; the list takes the place of the one before."""
    if (document_id is None) == (collection is None) or bool(readers) == inherit or (inherit and collection):
        raise InvalidRequest("name a document or a --collection, and who may see it --with; a document may --inherit")
    changed: DocumentChanged | CollectionChanged
    if document_id is not None:
        of_document = DocumentUpdate(acl=INHERIT if inherit else readers, force=force)
        changed = call(url, key_file, lambda client: client.change_document(document_id, of_document))
    else:
        of_collection = CollectionUpdate(acl=readers, force=force)
        changed = call(url, key_file, lambda client: client.change_collection(collection or "", of_collection))
    out.print("seen by " + ", ".join(changed.acl), markup=False)
    _say_if_late(complete=changed.complete)


def move(
    document_id: DocumentId,
    collection: Annotated[str, typer.Argument(help="Name or id of the collection to move it to.")],
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Move a document to another collection; it keeps its id and its versions."""
    update = DocumentUpdate(collection=collection)
    changed = call(url, key_file, lambda client: client.change_document(document_id, update))
    where = f"moved to {collection}" if changed.complete else "on its way; it answers where it was until then"
    out.print(f"{where}, seen by {', '.join(changed.acl)}", markup=False)


def _say_if_late(*, complete: bool) -> None:
    if not complete:
        out.print(_LATER)

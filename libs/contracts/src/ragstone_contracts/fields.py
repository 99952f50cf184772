"""The metadata fields of a collection, as far as the caller's documents have them."""

from typing import Literal

from ragstone_contracts.model import Wire

Kind = Literal["text", "number", "date", "truth"]
"""``date`` is a text that is an ISO 8601 date, perhaps without day or month; ``truth`` is true or false."""

USUAL_VALUES, MOST_VALUES = 200, 10_000
"""So many values of a field are named by default and at most, those of most documents."""


class FieldValue(Wire):
    """A value that stands in the metadata of so many documents."""

    value: bool | int | float | str
    documents: int


class Field(Wire):
    """What filters can ask of a field: what kinds of values it has, in how many documents, and the most frequent ones.

    ``more`` says that there are further values than those in ``values``.
    """

    name: str
    kinds: list[Kind]
    documents: int
    values: list[FieldValue] = []
    more: bool = False


class CollectionFields(Wire):
    """The fields of the ready documents that the caller may see, at a sequence of the collection.

    It is not ``complete`` while documents of an older release are among them of which not all fields are known.
    """

    collection_id: str
    sequence: int
    documents: int
    complete: bool = True
    fields: list[Field]

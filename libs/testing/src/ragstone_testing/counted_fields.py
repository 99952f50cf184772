"""The fields of a collection, as ingestion counts them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ragstone_contracts.fields import CollectionFields, Field, FieldValue, Kind


def counted(collection_id: str, documents: Sequence[Mapping[str, Any]], values: int = 200) -> CollectionFields:
    """What ingestion says of documents with this metadata."""
    counts: dict[str, Counter[tuple[type, Any]]] = {}
    for document in documents:
        for name, value in document.items():
            listed = value if isinstance(value, list) else [value]
            counts.setdefault(name, Counter()).update({(type(one), one) for one in listed})
    kinds: dict[type, Kind] = {bool: "truth", int: "number", float: "number", str: "text"}
    fields = [
        Field(
            name=name,
            kinds=sorted({kinds[key[0]] for key in held}),
            documents=sum(name in document for document in documents),
            values=[FieldValue(value=key[1], documents=count) for key, count in held.most_common(values)],
            more=len(held) > values,
        )
        for name, held in counts.items()
    ]
    return CollectionFields(collection_id=collection_id, sequence=3, documents=len(documents), fields=fields)

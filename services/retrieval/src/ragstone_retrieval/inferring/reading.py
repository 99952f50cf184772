"""What a part of a question was understood to ask for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ragstone_index import Either, OneOf, Scalar, Where

CERTAIN = 0.7
"""From here on a reading filters; below it is a boost."""
KNOWN_OF_MOST = 0.5
_GUESS = 0.6


@dataclass(frozen=True)
class Reading:
    """One of the fields must have one of its values; the question says so from ``start`` to ``end``.

    Fields of one ``role`` say the same thing, as ``company`` and ``organisation_key`` do. ``certainty`` is from 0 to 1,
    and so is ``known``, the share of the collection's documents that have such a field at all.
    """

    role: str
    accepted: Mapping[str, tuple[Scalar, ...]]
    start: int
    end: int
    certainty: float
    known: float = 1.0

    @property
    def where(self) -> Where:
        conditions = [OneOf(field, values) for field, values in self.accepted.items()]
        return conditions[0] if len(conditions) == 1 else Either(conditions)

    def weighed(self, known: float) -> "Reading":
        """Where most documents do not have the field it is no filter: it would hide what is not labelled."""
        certainty = self.certainty if known >= KNOWN_OF_MOST else min(self.certainty, _GUESS)
        return replace(self, certainty=certainty, known=known)


def merged(readings: Iterable[Reading]) -> list[Reading]:
    """One reading for each role: any of the values that were named is accepted, as certainly as the least of them.

    A value that is only guessed at adds nothing to those that are certain.
    """
    by_role: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings:
        by_role[reading.role].append(reading)
    return [_one(_surest(found)) for found in by_role.values()]


def _surest(readings: Sequence[Reading]) -> Sequence[Reading]:
    certain = [one for one in readings if one.certainty >= CERTAIN]
    return certain or readings


def _one(readings: Sequence[Reading]) -> Reading:
    accepted: dict[str, dict[Scalar, None]] = defaultdict(dict)
    for reading in readings:
        for field, values in reading.accepted.items():
            accepted[field].update(dict.fromkeys(values))
    return Reading(
        readings[0].role,
        {field: tuple(values) for field, values in accepted.items()},
        min(one.start for one in readings),
        max(one.end for one in readings),
        min(one.certainty for one in readings),
    )

"""Everything a question names that its collection has."""

from collections.abc import Collection, Sequence

from ragstone_retrieval.inferring.entities import organisations_of, phrases_of
from ragstone_retrieval.inferring.kinds import document_types_of, sections_of, versions_of
from ragstone_retrieval.inferring.lexicon import ORGANISATIONS, TICKERS, YEARS, Lexicon
from ragstone_retrieval.inferring.question import Question
from ragstone_retrieval.inferring.reading import CERTAIN, Reading, merged
from ragstone_retrieval.inferring.years import periods_of, years_of

_CONFIRMED = 0.75
_KNOWN_OF_SOME = 0.05
_SAME = {**dict.fromkeys((*ORGANISATIONS, *TICKERS), "organisation"), **dict.fromkeys(YEARS, "year")}
_CONFIRMING = ("year", "period", "document_type")


def read(question: Question, lexicon: Lexicon, settled: Collection[str] = ()) -> list[Reading]:
    """One reading for each role, the surest first. Nothing is read about fields that are ``settled`` already.

    A field that hardly a document has says nothing about all the others.
    """
    organisations = list(organisations_of(question, lexicon))
    periods = [_weighed(one, lexicon) for one in periods_of(question, lexicon)]
    years = list(years_of(question, lexicon, [_span(one) for one in periods if one.certainty >= CERTAIN]))
    versions = list(versions_of(question, lexicon))
    taken = [_span(one) for one in (*organisations, *periods, *years, *versions)]
    others = [*document_types_of(question, lexicon), *sections_of(question, lexicon)]
    phrases = phrases_of(question, lexicon, taken)
    found = merged([*organisations, *periods, *years, *versions, *others, *phrases])
    settled_roles = {_SAME.get(field, field) for field in settled}
    weighed = [_weighed(one, lexicon) for one in _confirmed(found) if one.role not in settled_roles]
    return sorted((one for one in weighed if one.known >= _KNOWN_OF_SOME), key=lambda one: -one.certainty)


def _confirmed(readings: Sequence[Reading]) -> list[Reading]:
    """A name in lower case may be any word, but beside a year or a kind of report it is a name."""
    confirming = any(one.role in _CONFIRMING and one.certainty >= CERTAIN for one in readings)
    return [_as_certain(one) if confirming and one.role == "organisation" else one for one in readings]


def _as_certain(reading: Reading) -> Reading:
    return Reading(reading.role, reading.accepted, reading.start, reading.end, max(reading.certainty, _CONFIRMED))


def _weighed(reading: Reading, lexicon: Lexicon) -> Reading:
    return reading.weighed(max(lexicon.share(field) for field in reading.accepted))


def _span(reading: Reading) -> tuple[int, int]:
    return reading.start, reading.end

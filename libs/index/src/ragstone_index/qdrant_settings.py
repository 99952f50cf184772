"""How collections are laid out on a Qdrant server, and how their graph is walked."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from qdrant_client import models

from ragstone_contracts.errors import InvalidRequest

_SWITCHES = {"true": True, "false": False, "1": True, "0": False}
_QUANTIZATIONS = ("scalar", "binary")
_MOST = 100_000


@dataclass(frozen=True)
class QdrantSettings:
    """What is None is left to the server.

    ``shards``, ``replicas``, ``write_consistency`` (replicas that must have a write before it is answered) and
    ``on_disk_payload`` hold for collections made from then on, as do ``m`` and ``ef_construct`` of the graph and
    ``quantization`` (``scalar`` or ``binary``; what it finds is scored again with the full vectors). ``ef`` and
    ``exact_filters`` hold for each query: how many candidates the walk keeps, and whether it looks beyond neighbours
    that the filter hides, which costs time and finds more where a filter leaves little.
    """

    shards: int | None = None
    replicas: int | None = None
    write_consistency: int | None = None
    on_disk_payload: bool | None = None
    quantization: str | None = None
    m: int | None = None
    ef_construct: int | None = None
    ef: int | None = None
    exact_filters: bool = False
    timeout: int = 30

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, int) and not isinstance(value, bool) and not 1 <= value <= _MOST:
                raise InvalidRequest(f"'{one.name}' of the vector server must be from 1 to {_MOST}, not {value}")
        if self.quantization not in (None, *_QUANTIZATIONS):
            raise InvalidRequest(f"'quantization' of the vector server must be one of {', '.join(_QUANTIZATIONS)}")

    def layout(self) -> dict[str, Any]:
        """Arguments of the client's ``create_collection``."""
        given = {
            "shard_number": self.shards,
            "replication_factor": self.replicas,
            "write_consistency_factor": self.write_consistency,
            "on_disk_payload": self.on_disk_payload,
            "hnsw_config": self._graph(),
            "quantization_config": self._quantization(),
        }
        return {name: value for name, value in given.items() if value is not None}

    def _graph(self) -> models.HnswConfigDiff | None:
        given = self.m is not None or self.ef_construct is not None
        return models.HnswConfigDiff(m=self.m, ef_construct=self.ef_construct) if given else None

    def _quantization(self) -> models.ScalarQuantization | models.BinaryQuantization | None:
        if self.quantization == "scalar":
            small = models.ScalarQuantizationConfig(type=models.ScalarType.INT8, quantile=0.99, always_ram=True)
            return models.ScalarQuantization(scalar=small)
        if self.quantization == "binary":
            return models.BinaryQuantization(binary=models.BinaryQuantizationConfig(always_ram=True))
        return None

    def walk(self) -> models.SearchParams | None:
        """Parameters of a dense query; None when all is left to the server."""
        if self.ef is None and self.quantization is None and not self.exact_filters:
            return None
        rescored = models.QuantizationSearchParams(rescore=True, oversampling=2.0) if self.quantization else None
        beyond = models.AcornSearchParams(enable=True) if self.exact_filters else None
        return models.SearchParams(hnsw_ef=self.ef, quantization=rescored, acorn=beyond)


def read_settings(url: str) -> tuple[str, QdrantSettings]:
    """The server's address and what the query of its URL says, as ``?shards=6&replicas=3&quantization=scalar``.

    Raises InvalidRequest for what is no setting, and for a value it cannot have.
    """
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    address = urlunsplit(parts._replace(query=""))
    return address, replace(QdrantSettings(), **_values(given))


def _values(given: Mapping[str, str]) -> dict[str, Any]:
    known = {one.name: str(getattr(one.type, "__name__", one.type)) for one in fields(QdrantSettings)}
    if unknown := sorted(given.keys() - known.keys()):
        raise InvalidRequest(f"the vector server has no setting {', '.join(unknown)}; there are {', '.join(known)}")
    return {name: _value(name, known[name], text) for name, text in given.items()}


def _value(name: str, kind: str, text: str) -> int | bool | str:
    if kind.startswith("str"):
        return text
    if kind.startswith("bool"):
        if text.lower() in _SWITCHES:
            return _SWITCHES[text.lower()]
        raise InvalidRequest(f"'{name}' of the vector server must be true or false, not '{text}'")
    if not text.isascii() or not text.isdigit():
        raise InvalidRequest(f"'{name}' of the vector server must be a number, not '{text}'")
    return int(text)

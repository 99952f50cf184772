"""faiss: a graph in memory, the permissions worked out beside it and handed to the search as a bitmap. Dense only.

python -m bench.retrieval.contestants.faiss_graph CORPUS FOLDER
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import faiss
import numpy as np
from bench.retrieval.contestants.dataset import CANDIDATES, NOW, RESULTS, TENANT, Asked, Dataset
from bench.retrieval.contestants.serving import Search, serve

LINKS, BUILD_WIDTH, SEARCH_WIDTH = 16, 100, 128
"""The first two are what Qdrant builds its graphs with."""


class Faiss:
    def build(self, dataset: Dataset) -> None:
        dense = dataset.arrays["dense"]
        self._index = faiss.IndexHNSWFlat(dense.shape[1], LINKS, faiss.METRIC_INNER_PRODUCT)
        self._index.hnsw.efConstruction = BUILD_WIDTH
        self._index.add(dense)
        self._owned: dict[str, np.ndarray] = {}
        self._alive = np.zeros(len(dense), bool)
        for point in dataset.points():
            self._alive[point.number] = point.tenant == TENANT and point.born <= NOW < point.died
            for entry in point.acl:
                self._owned.setdefault(entry, np.zeros(len(dense), bool))[point.number] = True

    def searches(self) -> Mapping[str, Search]:
        return {
            "hybrid": lambda question: self._nearest(question, CANDIDATES)[:RESULTS],
            "dense": lambda question: self._nearest(question, RESULTS),
        }

    def _nearest(self, question: Asked, limit: int) -> list[int]:
        lists = [self._owned[entry] for entry in question.principals if entry in self._owned]
        visible = self._alive & np.logical_or.reduce(lists)
        selected = faiss.IDSelectorBitmap(np.packbits(visible, bitorder="little"))
        parameters = faiss.SearchParametersHNSW(sel=selected, efSearch=SEARCH_WIDTH)
        _, found = self._index.search(question.dense[None, :], limit, params=parameters)
        return [int(number) for number in found[0] if number >= 0]

    def others(self) -> list[int]:
        return []

    def close(self) -> None:
        pass


if __name__ == "__main__":
    serve(Faiss(), Path(sys.argv[1]))

"""Counting what a reconciliation finds and does."""

from collections import Counter

from ragstone_contracts.maintenance import Reconciled, ReconcileReport

INDEX, INDEX_COLLECTIONS = "index", "index_collections"


class Tally:
    """``dry_run`` counts and changes nothing."""

    def __init__(self, dry_run: bool) -> None:
        self.dry_run = dry_run
        self._found, self._removed, self._repaired = Counter[str](), Counter[str](), Counter[str]()
        self._stores: dict[str, None] = {}

    def look_at(self, *stores: str) -> None:
        """Have the stores in the report even if nothing is found in them."""
        self._stores |= dict.fromkeys(stores)

    def found(self, store: str, count: int = 1) -> None:
        self.look_at(store)
        self._found[store] += count

    def removed(self, store: str, count: int = 1) -> None:
        self._removed[store] += count

    def repaired(self, store: str, count: int = 1) -> None:
        self._repaired[store] += count

    def report(self) -> ReconcileReport:
        return ReconcileReport(
            {
                store: Reconciled(
                    found=self._found[store], removed=self._removed[store], repaired=self._repaired[store]
                )
                for store in self._stores
            }
        )

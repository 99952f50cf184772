"""What looking after the stores brings to light."""

from pydantic import RootModel

from ragstone_contracts.model import Wire


class Reconciled(Wire):
    """``found`` things that do not fit together; how many were ``removed``, and how many ``repaired``.

    What is neither was left alone: because nothing was to be changed, or because it cannot be mended.
    """

    found: int = 0
    removed: int = 0
    repaired: int = 0


class ReconcileReport(RootModel[dict[str, Reconciled]]):
    """Store -> what was found in it; a store that was looked through and is in order has zeros."""

    @property
    def stores(self) -> dict[str, Reconciled]:
        return self.root

"""What a vector index refuses."""

from ragstone_contracts.errors import Conflict


class IndexInUse(Conflict):
    code, title = "index_in_use", "Another process has the index folder open"


class WrongDimension(Conflict):
    """The embedding model of a query or a chunk is not the one the collection was made with."""

    code, title = "wrong_dimension", "The vector does not have as many dimensions as the collection's"

"""The citation check: ties each sentence of an answer to a range of a source. Pure; nothing here waits for anything."""

from ragstone_agents.citations.align import Aligned, Range, Unaligned, align
from ragstone_agents.citations.sentences import SentenceReader, Written
from ragstone_agents.citations.sources import Source

__all__ = ["Aligned", "Range", "SentenceReader", "Source", "Unaligned", "Written", "align"]

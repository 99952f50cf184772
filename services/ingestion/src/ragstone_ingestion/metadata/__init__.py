"""Metadata inference: typed fields, each with the passage it was read from."""

from ragstone_ingestion.metadata.inference import FIELDS, Inferred, infer, with_metadata

__all__ = ["FIELDS", "Inferred", "infer", "with_metadata"]

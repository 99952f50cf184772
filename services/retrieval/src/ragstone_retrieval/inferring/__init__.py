"""Inferred filters: what a question names, matched against the values that its collection has."""

from ragstone_retrieval.inferring.inference import Inference

__all__ = ["Inference"]

"""Parsing in subprocesses that may fail, hang, grow or be taken over without harm to the service."""

from ragstone_ingestion.sandbox.limits import SandboxLimits
from ragstone_ingestion.sandbox.pool import ParserPool

__all__ = ["ParserPool", "SandboxLimits"]

"""API keys as they are made and stored: only the hash of one is kept."""

import hashlib
import secrets


def new_key(prefix: str) -> str:
    """A random key; ``prefix`` tells its readers what it opens."""
    return prefix + secrets.token_urlsafe(32)


def key_digest(key: str) -> str:
    """What is stored of a key, and found it by."""
    # A key carries 256 random bits, so a plain hash cannot be searched backwards.
    return hashlib.sha256(key.encode()).hexdigest()

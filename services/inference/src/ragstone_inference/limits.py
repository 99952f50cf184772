"""What one request may ask for."""

from ragstone_contracts.errors import InvalidRequest


def check_texts(texts: str | list[str], most: int) -> list[str]:
    """The texts as a list. Raises InvalidRequest when there are none or too many."""
    listed = [texts] if isinstance(texts, str) else texts
    if not 1 <= len(listed) <= most:
        raise InvalidRequest(f"send 1 to {most} texts, not {len(listed)}")
    return listed

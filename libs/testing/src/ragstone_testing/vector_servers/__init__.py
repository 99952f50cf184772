"""Vector stores of vendors, as far as a client of theirs sees them: the wire format, exact search, filters.

Each is an ASGI application that keeps what it was sent, refuses what the vendor refuses, and records every request.
"""

"""One typed client per Ragstone service."""

"""Documents in: parse, chunk, embed, index."""

"""Guards on input, retrieved text, tool calls and output."""

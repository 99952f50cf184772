"""vLLM on a GPU, under the process manager."""

"""Vector stores of the llama-index ecosystem, each behind the same few methods; every one is an extra."""

"""Ways to wake workers of other processes."""

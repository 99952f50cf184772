"""The routers under comparison: how each is started and asked."""

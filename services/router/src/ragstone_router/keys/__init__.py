"""Virtual keys: callers of the router that no gateway stands before."""

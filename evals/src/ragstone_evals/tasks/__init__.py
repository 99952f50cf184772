"""The tasks that come with Ragstone, each named by an entry point."""

"""Every Ragstone service in one process, and the command line."""

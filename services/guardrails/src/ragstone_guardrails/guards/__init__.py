"""The guards that come with Ragstone."""

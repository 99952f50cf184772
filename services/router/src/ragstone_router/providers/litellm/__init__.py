"""Vendors that are reached through litellm's SDK, which is an extra of its own and loaded when it is first needed."""

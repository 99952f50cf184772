"""Answers that are kept and given again: to the same request, and to one that asks the same in other words."""

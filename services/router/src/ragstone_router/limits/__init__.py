"""Budgets and rate limits: what tenants, users and keys may ask for, spend, and have spent."""

"""Servers that speak the wires of model vendors, scripted."""

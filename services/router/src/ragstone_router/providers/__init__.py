"""The wires that models are spoken to in."""

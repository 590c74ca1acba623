"""Proof: exhaustive search of a compiled flow's table for a call that would hurt a caller."""

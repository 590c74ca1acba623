"""Lines: what attaches a caller."""

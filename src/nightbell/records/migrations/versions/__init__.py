"""One step each, the first first."""

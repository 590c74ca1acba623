"""Benches: one module each, at most ten minutes. scripts/measure.py says what a module holds."""

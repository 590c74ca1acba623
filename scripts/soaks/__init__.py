"""Soaks: measurements of more than ten minutes. scripts/measure.py says what a module holds."""

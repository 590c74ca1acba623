"""Capture: recordings of callers who agreed to it - what may be kept of them, how long, under what name."""

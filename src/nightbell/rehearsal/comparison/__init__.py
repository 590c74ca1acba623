"""Comparison: two versions of a flow under the same callers - what is the same, safer, less safe, different."""

"""Comparison: two versions of a flow, a model or a voice under the same callers - what is safer, what is not."""

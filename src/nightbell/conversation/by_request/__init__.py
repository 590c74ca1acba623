"""A call that goes on by requests: no sound comes in, nothing runs from one request to the next (ADR 0041)."""

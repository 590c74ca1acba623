"""Lint: the rules that a flow can be held to by reading it, one file each."""

"""Sweep: red flags under worse and worse lines - which are missed, how often, and where each phrase breaks."""

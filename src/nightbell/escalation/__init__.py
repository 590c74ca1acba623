"""Ladders at work: pages that go out, promises that are kept, and what watches both. It knows no conversation."""

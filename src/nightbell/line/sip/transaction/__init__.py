"""Transactions of RFC 3261, sans-IO: time and messages in, bytes and events out."""

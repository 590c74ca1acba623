"""Calls of the phone page that are rehearsed: its handset taken as a script says, and what it was told."""

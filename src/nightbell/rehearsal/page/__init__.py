"""Page: a rehearsal as one HTML file for people - no server, no network, nothing beside it but the recordings."""

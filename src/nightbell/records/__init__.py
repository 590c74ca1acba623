"""What happened: events, calls, pages, recordings."""

"""One call at work: session, ears, voice, line and records together."""

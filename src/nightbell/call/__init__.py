"""One call through one flow: events, effects, session, machine, matching, journal. Pure."""

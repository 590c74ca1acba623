"""People, promises and ladders. Pure."""

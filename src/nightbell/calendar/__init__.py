"""Opening hours, holidays, and local time with its two odd nights. Pure."""

"""Nights of faults: a seeded night on duty with kills, full disks, stepped clocks, lying carriers; then judged."""

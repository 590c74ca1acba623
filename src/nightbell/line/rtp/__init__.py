"""RTP: the sound of a live call, both ways - packets, time, jitter, keys, reports. It knows no signalling."""

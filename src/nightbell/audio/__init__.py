"""Sound as samples: frames, G.711, WAV, level, resampling. Pure."""

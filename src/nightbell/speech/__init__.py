"""Ears and voice: recognisers, voices, voice activity, keys in the sound, end-pointing, prompt cache."""

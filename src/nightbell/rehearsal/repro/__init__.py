"""Repro: a call that was taken becomes a script that goes the same way - its sound, its keys, its world."""

"""Mutation: a flow made worse in one place at a time, and what notices it: loading, rules, proof, scripts."""

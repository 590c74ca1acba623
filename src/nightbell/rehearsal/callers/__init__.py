"""Callers who know what ails them: who rings, how they answer whatever a flow asks, and what came of it."""

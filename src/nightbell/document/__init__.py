"""YAML with line and column, diagnostics, and how they are shown."""

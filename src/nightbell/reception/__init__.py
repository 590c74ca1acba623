"""Who may come in, to which clinic, and how many at once; and who watches that all of it runs."""

"""The nightbell command, one file per verb."""

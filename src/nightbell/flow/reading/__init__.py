"""Reading: the YAML of a clinic's files to a checked flow, or every fault in them at once."""

"""Reading oncall.yaml: people, rotations, layers, exceptions and ladders, with every fault at its place. Pure."""

"""Sound over a connection that keeps its order: what media streams and AudioSocket have in common."""

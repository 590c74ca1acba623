"""Call scripts played against a flow, and what they must show."""

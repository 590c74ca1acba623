"""Diagram: a flow as a picture for people. The model of the picture is pure; laying it out is a library's work."""

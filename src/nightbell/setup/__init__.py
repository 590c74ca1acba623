"""Models and the doctor."""

"""Calls that a carrier brings by requests alone: it recognises and plays, we are asked what comes next (ADR 0041).

``asked`` reads a request, ``reply`` writes TwiML, ``sounds`` signs the addresses of what is played; ``endpoint``
serves them. What a call is about is decided elsewhere, behind ``port``.
"""

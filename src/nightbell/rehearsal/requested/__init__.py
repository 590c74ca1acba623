"""Call scripts over calls by requests: a carrier that obeys what it is answered, and lets no time pass but the call's.

``casting`` tells which scripts such a carrier can play, ``side`` is the caller's side of a call, ``obeying`` carries
an answer out on it, ``asking`` plays one script.
"""

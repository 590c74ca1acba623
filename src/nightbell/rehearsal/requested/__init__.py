"""Call scripts over calls by requests: a carrier obeys what it is answered, and no time passes but the call's.

``casting`` tells which scripts such a carrier can play, ``side`` is the caller's side of a call, ``obeying``
carries an answer out on it, ``asking`` plays one script.
"""

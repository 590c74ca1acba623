"""SIP over UDP, TCP and TLS: sockets and framing, nothing of what is in the messages."""

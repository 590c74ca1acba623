"""One SIP message: reading, checking, writing. Knows no socket, no transaction and no dialog."""

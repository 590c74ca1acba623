"""A PBX's chan_websocket, as Asterisk 20.16, 21.11, 22.6 and later speak it: a call's sound over a WebSocket.

``protocol`` reads and writes the control messages and holds no socket; ``endpoint.MediaEndpoint`` takes the
connections that the PBX opens to us, under ids of ``line.stream.registry``.
"""

"""A carrier's media stream over WebSocket, as Twilio Media Streams speaks it, and the webhooks that lead to it.

``protocol`` reads and writes the messages and holds no socket; ``endpoint.StreamEndpoint`` serves the webhook and
the WebSocket and makes a ``line.stream.line.StreamLine`` of each call.
"""

"""A PBX's AudioSocket, as Asterisk speaks it: a call's sound over TCP, under an id that was registered beforehand.

``protocol`` reads and writes the messages and holds no socket; ``server.AudioSocketServer`` makes a
``line.stream.line.StreamLine`` of each call whose id ``line.stream.registry`` gave out.
"""

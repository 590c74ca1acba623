"""The telephone line over SIP: messages, transactions, transports and calls. Sound is ``line.rtp``'s.

``agent.SipAgent`` takes and places calls; it is built from ``config.AgentConfig``. A call that comes in is an
``invitation.Invitation``; one that is placed an ``outbound.OutboundCall``; answered, either is a
``dialog.Dialog``.
"""

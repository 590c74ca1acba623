"""Ways to send a person a message: SMS, e-mail, webhook, push. The telephone is a line, not a channel."""

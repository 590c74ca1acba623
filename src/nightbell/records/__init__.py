"""Records: what happened on the line, durable before anybody is told. Adapters are chosen in bootstrap."""

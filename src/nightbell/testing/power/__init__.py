"""Power loss: what a scene wrote and flushed, replayed to every state a disk may be left in, and judged."""

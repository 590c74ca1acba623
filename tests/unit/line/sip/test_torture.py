from __future__ import annotations

import pytest
from tests.unit.line.sip.torture import MESSAGES, Torture, request
from tests.unit.line.sip.wire import agent, wire


async def answers_to(data: bytes) -> list[int]:
    """Send one message and an OPTIONS behind it; return the final statuses that came before the latter's."""
    found: list[int] = []
    async with agent() as line, wire() as peer:
        peer.send(data, line.address())
        # The answer to an INVITE comes from a task: by the time of a second probe that task has run.
        for probe in ("probe1", "probe2"):
            peer.send(request(probe), line.address())
            while (answer := await peer.response()).call_id.partition(".")[0] != probe:
                found.append(answer.status)
        assert line.stack.counts["dropped"] == (1 if data.startswith(b"SIP/") else 0)
    return found


def test_all_messages_of_the_rfc_are_here() -> None:
    assert len(MESSAGES) == 49
    assert len({message.name for message in MESSAGES}) == 49


@pytest.mark.asyncio
@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
async def test_a_tortuous_message_is_answered_as_the_rfc_says(message: Torture) -> None:
    found = await answers_to(message.data)
    if found:
        assert found[0] in message.answers
        assert set(found) == {found[0]}
    else:
        assert 0 in message.answers

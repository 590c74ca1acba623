"""sipp's scenarios, put together from pieces: each test says what a caller does, in order, and gets the XML."""

from __future__ import annotations

from typing import Final

__all__ = ["CALLER", "LINE", "ack", "bye", "cancel", "expect", "info", "invite", "pause", "play", "scenario"]

CALLER: Final = "+442079460999"
LINE: Final = "+442079460000"
PCAPS: Final = "/usr/share/sip-tester"

_SDP: Final = """v=0
o=user1 53655765 2353687637 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP {formats}
{lines}a={direction}
"""
_MAPS: Final = {"0": "", "8": "", "18": "", "101": "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n"}


def scenario(*steps: str) -> str:
    """Return a whole scenario."""
    head = '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="nightbell">\n'
    return head + "\n".join(steps) + "\n</scenario>\n"


def description(formats: str = "0 101", direction: str = "sendrecv") -> str:
    """Return an SDP body of the caller's."""
    lines = "".join(_MAPS[number] for number in formats.split())
    return _SDP.format(formats=formats, lines=lines, direction=direction)


def _send(
    method: str,
    number: int,
    *,
    body: str = "",
    kind: str = "application/sdp",
    branch: str = "[branch]",
    to: str = "[last_To:]",
    target: str = "[next_url]",
    extra: str = "",
    retransmit: bool = True,
    rport: bool = True,
) -> str:
    fields = [
        f"{method} {target} SIP/2.0",
        f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}{';rport' if rport else ''}",
        f"From: <sip:{CALLER}@[local_ip]:[local_port]>;tag=[call_number]",
        to,
        "Call-ID: [call_id]",
        f"CSeq: {number} {method}",
        "Max-Forwards: 70",
        "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>",
    ]
    fields += [extra] if extra else []
    fields += [f"Content-Type: {kind}"] if body else []
    fields += ["Content-Length: [len]" if body else "Content-Length: 0", "", body]
    retrans = ' retrans="500"' if retransmit and method not in {"ACK", "CANCEL"} else ""
    return f"<send{retrans}><![CDATA[\n" + "\n".join(fields) + "\n]]></send>"


def invite(
    *,
    number: int = 1,
    formats: str = "0 101",
    direction: str = "sendrecv",
    again: bool = False,
    bare: bool = False,
    branch: str = "",
    extra: str = "",
    rport: bool = True,
    retransmit: bool = True,
    streams: bool = False,
) -> str:
    """An INVITE.

    ``again`` makes it one within the call, ``bare`` leaves the offer out, ``streams`` has ``speak`` behind it.
    """
    to = "[last_To:]" if again else f"To: <sip:{LINE}@[remote_ip]:[remote_port]>"
    target = "[next_url]" if again else f"sip:{LINE}@[remote_ip]:[remote_port]"
    body = "" if bare else description(formats, direction)
    body = body.replace("auto_media_port", "rtpstream_audio_port") if streams else body
    return _send(
        "INVITE",
        number,
        body=body,
        to=to,
        target=target,
        extra=extra,
        rport=rport,
        retransmit=retransmit,
        branch=branch or "[branch]",
    )


def ack(number: int = 1, *, body: str = "", branch: str = "", rport: bool = True) -> str:
    """The ACK of an answer."""
    return _send("ACK", number, body=body, branch=branch or "[branch]", rport=rport)


def refusal_ack(number: int = 1) -> str:
    """The ACK of a refusal: the same branch and target as its INVITE."""
    return _send("ACK", number, branch="[branch-2]", target=f"sip:{LINE}@[remote_ip]:[remote_port]")


def bye(number: int = 2, *, branch: str = "", retransmit: bool = True, rport: bool = True) -> str:
    """The caller hangs up."""
    return _send("BYE", number, branch=branch or "[branch]", retransmit=retransmit, rport=rport)


def info(number: int, key: str, *, relay: bool = True) -> str:
    """A key as INFO: as ``application/dtmf-relay``, or bare as ``application/dtmf``."""
    body = f"Signal={key}\nDuration=160\n" if relay else key
    return _send("INFO", number, body=body, kind="application/dtmf-relay" if relay else "application/dtmf")


def options(number: int = 9) -> str:
    """Ask whether the line takes calls."""
    to = f"To: <sip:{LINE}@[remote_ip]:[remote_port]>"
    return _send("OPTIONS", number, to=to, target="sip:[remote_ip]:[remote_port]")


def cancel(branch: str) -> str:
    """The caller gives up."""
    return _send(
        "CANCEL",
        1,
        branch=branch,
        to=f"To: <sip:{LINE}@[remote_ip]:[remote_port]>",
        target=f"sip:{LINE}@[remote_ip]:[remote_port]",
    )


def expect(
    what: int | str, *, optional: bool = False, holds: str = "", lacks: str = "", limit_ms: int = 8000
) -> str:
    """A response or request that must come, with what it must hold or lack."""
    kind = f'response="{what}"' if isinstance(what, int) else f'request="{what}"'
    rest = ' optional="true"' if optional else f' rrs="true" timeout="{limit_ms}"'
    checks = []
    if holds:
        checks.append(f'<ereg regexp="{holds}" search_in="msg" check_it="true" assign_to="1"/>')
    if lacks:
        checks.append(f'<ereg regexp="{lacks}" search_in="msg" check_it_inverse="true" assign_to="1"/>')
    if not checks:
        return f"<recv {kind}{rest}/>"
    return f'<recv {kind}{rest}><action>{"".join(checks)}</action></recv>\n<Reference variables="1"/>'


def agree(status: str = "200 OK") -> str:
    """Answer a request that came."""
    lines = [
        f"SIP/2.0 {status}",
        "[last_Via:]",
        "[last_From:]",
        "[last_To:]",
        "[last_Call-ID:]",
        "[last_CSeq:]",
        "Content-Length: 0",
    ]
    return "<send><![CDATA[\n" + "\n".join(lines) + "\n\n]]></send>"


def pause(ms: int) -> str:
    """Wait."""
    return f'<pause milliseconds="{ms}"/>'


def play(key: str, *, wait: bool = True) -> str:
    """Press a key as RFC 4733 telephone events; ``voice`` is seconds of A-law; without ``wait`` it goes on."""
    if key == "voice":
        return f'<nop><action><exec play_pcap_audio="{PCAPS}/g711a.pcap"/></action></nop>\n' + pause(500)
    name = {"*": "star", "#": "pound"}.get(key, key)
    action = f'<exec play_pcap_audio="{PCAPS}/dtmf_2833_{name}.pcap"/>'
    return f"<nop><action>{action}</action></nop>\n" + (pause(700) if wait else "")


def speak(file: str) -> str:
    """Begin to send a file of raw mu-law, 20 ms at a time, once; what follows goes on beside it."""
    return f'<nop><action><exec rtp_stream="{file},1,0,PCMU/8000"/></action></nop>'


def answer(status: str, *, body: bool = False, retransmit: bool = False, formats: str = "0 101") -> str:
    """Answer the line's INVITE; what follows in the dialog repeats the same To."""
    lines = [
        f"SIP/2.0 {status}",
        "[last_Via:]",
        "[last_Record-Route:]",
        "[last_From:]",
        "[last_To:];tag=sipp[call_number]",
        "[last_Call-ID:]",
    ]
    lines += ["[last_CSeq:]", "Contact: <sip:[local_ip]:[local_port];transport=[transport]>"]
    text = description(formats) if body else ""
    lines += ["Content-Type: application/sdp", "Content-Length: [len]"] if body else ["Content-Length: 0"]
    retrans = ' retrans="500"' if retransmit else ""
    return f"<send{retrans}><![CDATA[\n" + "\n".join(lines) + f"\n\n{text}\n]]></send>"

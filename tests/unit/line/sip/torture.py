# ruff: noqa: E501 - a message is read best as it stands, one to a row
"""The 49 messages of RFC 4475, each rebuilt from its description: its name, section, bytes, and its answers.

The wording of the RFC's own messages is not copied; what each is about is. ``answers`` holds the statuses that the
RFC leaves open to an endpoint that takes INVITE, ACK, CANCEL, BYE, OPTIONS and INFO; 0 is silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["MESSAGES", "Torture", "request"]

SDP: Final = (
    b"v=0\r\no=u 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 49217 RTP/AVP 0 101\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\n"
)


@dataclass(frozen=True, slots=True)
class Torture:
    """One message."""

    name: str
    section: str
    data: bytes
    answers: frozenset[int]


def request(
    name: str,
    method: str = "OPTIONS",
    *,
    line: str = "",
    body: bytes = b"",
    drop: tuple[str, ...] = (),
    replace: dict[str, str] | None = None,
    extra: str = "",
    version: str = "SIP/2.0",
) -> bytes:
    """Build a sound request; ``replace`` changes whole header lines by name, ``extra`` adds raw ones."""
    fields = {
        "Via": f"SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK{name};rport",
        "To": "sip:line@example.com",
        "From": "sip:caller@example.net;tag=3351",
        "Max-Forwards": "70",
        "Call-ID": f"{name}.0ha0isndaksdj@192.0.2.1",
        "CSeq": f"8 {method}",
    }
    if method == "INVITE":
        fields["Contact"] = "<sip:caller@127.0.0.1>"
        if not body:
            body = SDP
    if body:
        fields["Content-Type"] = "application/sdp"
    fields["Content-Length"] = str(len(body))
    fields |= replace or {}
    first = line or f"{method} sip:line@example.com {version}"
    lines = [first, *(f"{key}: {value}" for key, value in fields.items() if key not in drop)]
    return ("\r\n".join(lines) + "\r\n" + extra + "\r\n").encode("utf-8", "surrogateescape") + body


def _one(name: str, section: str, data: bytes, *answers: int) -> Torture:
    return Torture(name, section, data, frozenset(answers))


def _response(name: str, status: str, cseq: str = "8 INVITE", via: str = "") -> bytes:
    via = via or f"Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK{name}\r\n"
    return (
        f"SIP/2.0 {status}\r\n{via}From: <sip:a@example.net>;tag=1\r\nTo: <sip:b@example.com>;tag=2\r\n"
        f"Call-ID: {name}@192.0.2.1\r\nCSeq: {cseq}\r\nContent-Length: 0\r\n\r\n"
    ).encode("utf-8", "surrogateescape")


_ODD: Final = "!interesting-Method0123456789_*+`.%indeed'~"
_OTHER_REGISTER: Final = (405,)
"""We are no registrar: whatever a REGISTER says, 405 is right, and 400 where it could not be read either."""

MESSAGES: Final = (
    # 3.1.1 valid
    _one(
        "wsinv", "3.1.1.1",
        (
            "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\nTO :\r\n sip:vivekg@chair-dnrc.example.com ;"
            '   tag-less\r\nfrom   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n'
            "MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : "
            f"{len(SDP)}\r\ncseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    127.0.0.1;rport;branch=z9hG4bKwsinv\r\n"
            "s :\r\nNewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
            "UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Type: application/sdp\r\nRoute:\r\n"
            " <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
            "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n"
            " SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n"
            'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\n'
            "\r\n"
        ).encode() + SDP,
        200,
    ),
    _one(
        "intmeth", "3.1.1.2",
        request(
            "intmeth", _ODD,
            line=f"{_ODD} sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0",
            replace={
                "Via": "SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK-.!%66*_+`'~",
                "To": '"BEL:\\\x07 DEL:\\\x7f" <sip:1_unusual.URI~(to-be!sure)&isn\'t+it$/crazy?,/;;*@example.com>',
                "From": "token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"работающий\";tag=_token~1'+`*%!-.",
                "Call-ID": "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
                "CSeq": f"139122385 {_ODD}",
            },
            extra="extensionHeader-!.%*+_`'~:\ufeff大停電\r\n",
        ),
        501,
    ),
    _one("esc01", "3.1.1.3", request("esc01", "INVITE", line="INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0",
        replace={"To": "sip:%75se%72@example.com", "From": "<sip:I%20have%20spaces@example.net>;tag=938"}), 200),
    _one("escnull", "3.1.1.4", request("escnull", "REGISTER", line="REGISTER sip:example.com SIP/2.0",
        replace={"To": "sip:null-%00-null@example.com", "From": "sip:null-%00-null@example.com;tag=839"},
        extra="Contact: <sip:%00@host5.example.com>\r\nContact: <sip:%00%00@host5.example.com>\r\n"), 405),
    _one("esc02", "3.1.1.5", request("esc02", "RE%47IST%45R", line="RE%47IST%45R sip:registrar.example.com SIP/2.0",
        replace={"To": '"%Z%45" <sip:resource@example.com>', "From": '"%Z%45" <sip:resource@example.com>;tag=f232jadfj23'}), 501),
    _one("lwsdisp", "3.1.1.6", request("lwsdisp", replace={"From": "caller<sip:caller@example.com>;tag=323"}), 200),
    _one("longreq", "3.1.1.7", request(
        "longreq", "INVITE",
        line=f"INVITE sip:{'user' * 50}@example.com;{'unknownparam' * 10}=very{'long' * 40} SIP/2.0",
        replace={"To": f'"I have a user name of {"extreme" * 30} proportion" <sip:user@example.com;{"p" * 200}=1>',
                 "From": f"sip:{'caller' * 30}@example.net;{'unknown' * 30}={'v' * 200};tag={'12982424' * 20}",
                 "Call-ID": f"longreq.{'one' * 20}really{'long' * 40}callid"},
        extra="".join(f"Via: SIP/2.0/TCP sip{n}.example.com;branch=z9hG4bK{n}\r\n" for n in range(34))
        + f"Unknown-{'Long' * 30}-Name: unknown-{'long' * 60}-value; unknown-{'long' * 30}-parameter-name = x\r\n"), 200),
    _one("dblreq", "3.1.1.8", request("dblreq", "OPTIONS") + b"INVITE sip:joe@example.com SIP/2.0\r\nt: sip:joe@example.com\r\n"
        b"From: sip:caller@example.net;tag=141334\r\nMax-Forwards: 8\r\nCall-ID: dblreq2@192.0.2.15\r\nCSeq: 8 INVITE\r\n"
        b"Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw380234\r\nContent-Length: 0\r\n\r\n", 200),
    _one("semiuri", "3.1.1.9", request("semiuri", line="OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0",
        replace={"To": "sip:j_user@example.com"}), 200),
    _one("transports", "3.1.1.10", request("transports", extra="Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf\r\n"
        "Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj\r\nVia: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en\r\n"
        "Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee\r\n"), 200),
    _one("mpart01", "3.1.1.11", request("mpart01", "MESSAGE", body=b"--7a9\r\nContent-Type: text/plain\r\n\r\nHello\r\n--7a9\r\n"
        b"Content-Type: application/pkcs7-signature\r\n\r\n0\x82\x01R\x06\t*\x86H\x86\xf7\r\n--7a9--\r\n",
        replace={"Content-Type": "multipart/mixed;boundary=7a9"}), 405),
    _one("unreason", "3.1.1.12", _response("unreason", "200 = 2**3 * 5**2 но сто девяносто девять"), 0),
    _one("noreason", "3.1.1.13", _response("noreason", "100 "), 0),
    # 3.1.2 invalid
    _one("badinv01", "3.1.2.1", request("badinv01", "INVITE", replace={"Via": "SIP/2.0/UDP 127.0.0.1;;,;,,",
        "Contact": '"Joe" <sip:joe@example.org>;;;;'}), 400, 0),
    _one("clerr", "3.1.2.2", request("clerr", "INVITE", replace={"Content-Length": "9999"}), 400, 0),
    _one("ncl", "3.1.2.3", request("ncl", "INVITE", replace={"Content-Length": "-999"}), 400, 0),
    _one("scalar02", "3.1.2.4", request("scalar02", "REGISTER", replace={"CSeq": "36893488147419103232 REGISTER",
        "Max-Forwards": "300"}, extra="Expires: 10000000000000000000000000\r\n"
        "Contact: <sip:user@host129.example.com>;expires=280297596632815\r\n"), 400),
    _one("scalarlg", "3.1.2.5", _response("scalarlg", "503 Service Unavailable", "9292394834772304023312 OPTIONS"), 0),
    _one("quotbal", "3.1.2.6", request("quotbal", "INVITE", replace={"To": '"Mr. J. User <sip:j.user@example.com>'}), 400),
    _one("ltgtruri", "3.1.2.7", request("ltgtruri", "INVITE", line="INVITE <sip:user@example.com> SIP/2.0"), 400),
    _one("lwsruri", "3.1.2.8", request("lwsruri", "INVITE", line="INVITE sip:user@example.com; lr SIP/2.0"), 400),
    _one("lwsstart", "3.1.2.9", request("lwsstart", "INVITE", line="INVITE  sip:user@example.com  SIP/2.0"), 400),
    _one("trws", "3.1.2.10", request("trws", line="OPTIONS sip:remote-target@example.com SIP/2.0  "), 400, 200),
    _one("escruri", "3.1.2.11", request("escruri", "INVITE", line="INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0"), 400, 200),
    _one("baddate", "3.1.2.12", request("baddate", "INVITE", extra="Date: Fri, 01 Jan 2010 16:00:00 EST\r\n"), 400, 200),
    _one("regbadct", "3.1.2.13", request("regbadct", "REGISTER", extra="Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E\r\n"), 400, 405),
    _one("badaspec", "3.1.2.14", request("badaspec", replace={"To": '"Watson, Thomas" < sip:t.watson@example.org >'}), 400, 200),
    _one("baddn", "3.1.2.15", request("baddn", replace={"From": "Bell, Alexander <sip:a.g.bell@example.com>;tag=43"}), 400, 200),
    _one("badvers", "3.1.2.16", request("badvers", version="SIP/7.0", replace={"Via": "SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw"}), 505, 0),
    _one("mismatch01", "3.1.2.17", request("mismatch01", replace={"CSeq": "8 INVITE"}), 400),
    _one("mismatch02", "3.1.2.18", request("mismatch02", "NEWMETHOD", replace={"CSeq": "8 INVITE"}), 400, 501),
    _one("bigcode", "3.1.2.19", _response("bigcode", "4294967301 better not break the receiver"), 0),
    # 3.2 transaction layer
    _one("badbranch", "3.2.1", request("badbranch", replace={"Via": "SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK"}), 400, 200),
    # 3.3 application layer
    _one("insuf", "3.3.1", request("insuf", "INVITE", drop=("To", "From", "Call-ID")), 400, 0),
    _one("unkscm", "3.3.2", request("unkscm", line="OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0"), 416),
    _one("novelsc", "3.3.3", request("novelsc", line="OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0"), 416),
    _one("unksm2", "3.3.4", request("unksm2", "REGISTER", replace={"To": "isbn:2983792873",
        "From": "<http://www.example.com>;tag=3234233"}), *_OTHER_REGISTER),
    _one("bext01", "3.3.5", request("bext01", extra="Require: nothingSupportsThis, nothingSupportsThisEither\r\n"
        "Proxy-Require: noProxiesSupportThis, norDoAnyProxiesSupportThis\r\n"), 420),
    _one("invut", "3.3.6", request("invut", "INVITE", body=b'<audio>\r\n <pcmu port="443"/>\r\n</audio>\r\n',
        replace={"Content-Type": "application/unknownformat"}), 415),
    _one("regaut01", "3.3.7", request("regaut01", "REGISTER", extra="Authorization: NoOneKnowsThisScheme opaque-data=here\r\n"), *_OTHER_REGISTER),
    _one("multi01", "3.3.8", request("multi01", "INVITE", extra="CSeq: 59 INVITE\r\nCall-ID: multi01.other@192.0.2.1\r\n"
        "To: sip:other@example.com\r\nFrom: sip:other@example.net;tag=3413415\r\nMax-Forwards: 5\r\n"), 400),
    _one("mcl01", "3.3.9", request("mcl01", body=b"There's no way to know how many octets are supposed to be here.\r\n",
        replace={"Content-Length": "13"}, extra="Content-Length: 5\r\n"), 400),
    _one("bcast", "3.3.10", _response("bcast", "200 OK", via="Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\r\n"
        "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23\r\n"), 0),
    _one("zeromf", "3.3.11", request("zeromf", replace={"Max-Forwards": "0"}), 200),
    _one("cparam01", "3.3.12", request("cparam01", "REGISTER", extra="Contact: sip:+19725552222@gw1.example.net;unknownparam\r\n"), *_OTHER_REGISTER),
    _one("cparam02", "3.3.13", request("cparam02", "REGISTER", extra="Contact: <sip:+19725552222@gw1.example.net;unknownparam>\r\n"), *_OTHER_REGISTER),
    _one("regescrt", "3.3.14", request("regescrt", "REGISTER", extra="Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>\r\n"), *_OTHER_REGISTER),
    _one("sdp01", "3.3.15", request("sdp01", "INVITE", extra="Accept: text/nobodyKnowsThis\r\n"), 406),
    # 3.4 backward compatibility
    _one("inv2543", "3.4.1", request("inv2543", "INVITE", drop=("Max-Forwards", "Contact"), replace={
        "Via": "SIP/2.0/UDP 127.0.0.1;rport", "From": "UserB <sip:UserB@there.example.com>"}), 200),
)  # fmt: skip

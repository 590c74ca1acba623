"""Style: how the page of a rehearsal looks, on a wide screen and on a telephone, by day and by night."""

from __future__ import annotations

from typing import Final

__all__ = ["STYLE"]

STYLE: Final = """
:root{--ink:#1c2833;--paper:#fff;--soft:#f2f4f4;--good:#1d6f42;--bad:#a11d1d;--known:#7d5a00;--rule:#ccd1d1}
@media (prefers-color-scheme:dark){:root{--ink:#eaeded;--paper:#17202a;--soft:#212f3d;--good:#7dcea0;
--bad:#f1948a;--known:#f7dc6f;--rule:#566573}}
body{margin:0 auto;max-width:64rem;padding:1rem;
font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{margin:0;font-size:1.6rem}h2{margin:2rem 0 .5rem;font-size:1.2rem}a{color:inherit}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem}
:focus-visible{outline:3px solid #2e86c1;outline-offset:2px}
.good,.passed .mark{color:var(--good)}
.bad,.failed .mark,.failures{color:var(--bad)}.known .mark{color:var(--known)}
.mark{font-weight:bold;text-transform:uppercase;font-size:.8em}
details.call{border:1px solid var(--rule);border-left-width:6px;margin:.4rem 0;padding:.4rem .8rem}
details.passed{border-left-color:var(--good)}details.failed{border-left-color:var(--bad)}
details.known{border-left-color:var(--known)}summary{cursor:pointer;overflow-wrap:anywhere}
.wide{overflow-x:auto}.wide>svg{min-width:40rem}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.2rem .6rem;border-bottom:1px solid var(--rule);vertical-align:top}
td:first-child{white-space:nowrap}tr.caller{background:var(--soft)}tr.page td,tr.flag td{font-weight:bold}
.wave{width:100%;height:6rem;background:var(--soft)}.wave .caller{fill:#2e86c1}.wave .line{fill:#909497}
.way{display:flex;flex-wrap:wrap;gap:.3rem;padding:0;list-style:none}
.way li{background:var(--soft);padding:.1rem .5rem}.way li+li::before{content:"\\2192\\00a0"}
audio{max-width:100%;vertical-align:middle}small,code,footer{overflow-wrap:anywhere;font-size:.8rem}
@media(max-width:40rem){.talk tr{display:flex;flex-wrap:wrap;border-bottom:1px solid var(--rule)}
.talk td,.talk th{border:0;padding:.1rem .5rem}.talk td:last-child,.talk th:last-child{flex-basis:100%}}
.node.seen polygon,.node.seen path,.node.seen ellipse{fill:#aed6f1}
"""

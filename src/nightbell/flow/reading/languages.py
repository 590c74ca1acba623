"""Languages: the codes that ISO 639-1 gives, and the languages that a flow names. No wording stands here."""

from __future__ import annotations

from typing import Final

from nightbell.document.node import Mapping, Scalar, Sequence

__all__ = ["LANGUAGES", "languages_of"]

_CODES: Final = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz "
    "ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii "
    "ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi "
    "mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw "
    "sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk "
    "ur uz ve vi vo wa wo xh yi yo za zh zu "
)
LANGUAGES: Final = frozenset(_CODES[at : at + 2] for at in range(0, len(_CODES), 3))
"""ISO 639-1. Norwegian is ``no`` and stays text, as everything in these files does."""

_USUAL: Final = ("en",)


def languages_of(flow: Mapping) -> tuple[tuple[str, ...], bool]:
    """Return the languages that flow.yaml names, never none, and whether all of them could be read."""
    given = flow.get("languages")
    if given is None:
        return _USUAL, True
    named = (
        tuple(item.text for item in given.items if isinstance(item, Scalar)) if isinstance(given, Sequence) else ()
    )
    sound = isinstance(given, Sequence) and bool(named) and all(name in LANGUAGES for name in named)
    return tuple(dict.fromkeys(named)) or _USUAL, sound

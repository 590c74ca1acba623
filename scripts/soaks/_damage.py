"""Damage: what editors, copying, haste and malice do to the files of a flow. The same chance, the same damage."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

__all__ = ["DAMAGE", "Damage", "Files"]

_NASTY: Final = (
    "", "~", "null", "no", "on", "012", "1:30", "-1", "0", "3.7e999", "0x1F", "9" * 400, "9" * 5_000,
    "1" + "0" * 30_000, "[]", "{}", "[[[]]]", "{a: {b: {c: d}}}", "- x", "? a", "&x", "*x", "&x [*x, *x]",
    "!!python/object:os.system x", "!!binary aGVsbG8=", "!", "!!", "%YAML 1.1", "---", "...", "|", ">-", "|+2",
    '"', "'", '"\\ud800"', '"\\u0000"', '"\\x07"', "a" * 70_000, "é" * 3_000, "\u202eabc", "\ufeff",
    "\U0001f92f", "\u0000", "\u2028", "ß", "İ", "{{", "}}", "{{ clinic", "{{ clinic }}", "{{ promise_time }}",
    "{{ caller_number.__class__ }}", "{% for x in y %}", "{# x #}", "{{ " * 300, "(a|b", "((((((((((",
    "(a|(b|(c|(d|e))))", "[a [b [c]]]", "(" * 3_000, "[a] [b] [c] [d] [e] [f] [g] [h]",
    "(a|b|c|d|e|f|g|h) " * 8, "... ... ...", "<grammar>", "<" * 50, "{slot}", "return:done", "same", "D0", "D9",
    "DU", "true", "9s", "-5s", "999999999999h", "0ms", "1.5.5s", "09:00-08:00", "25:00-26:00", "Europe/Nowhere",
    "../../etc/passwd", "shared/universals", "+" * 40, "999", "0" * 60, "opening", "screen", "universal:pain",
    "[opening, opening]",
)  # fmt: skip
_VALUE: Final = re.compile(r"(?<=: )[^\n]+|(?<=- )[^\n]+|(?<=\[)[^\]\n,]+")
_KEY: Final = re.compile(r"(?m)^(\s*)([\w\"']+):")
_WORD: Final = re.compile(r"\S+")

Files = dict[str, bytes]
Damage = Callable[[bytes, random.Random, Files], bytes]


def _bytes(data: bytes, chance: random.Random, _files: Files) -> bytes:
    """Change, add or lose a few bytes."""
    spoilt = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 20))):
        at = chance.randrange(len(spoilt) + 1)
        match chance.randrange(4):
            case 0:
                spoilt[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                spoilt[at:at] = chance.randbytes(chance.randrange(1, 5))
            case 2:
                del spoilt[at : at + chance.randrange(1, 60)]
            case _:
                spoilt[at:at] = spoilt[at : at + chance.randrange(1, 200)]
    return bytes(spoilt)


def _signs(data: bytes, chance: random.Random, _files: Files) -> bytes:
    """Change one of the signs that YAML lives by."""
    text = data.decode("utf-8", "replace")
    places = [at for at, sign in enumerate(text) if sign in "{}[]()|:,\"'&*!#-<>"]
    if not places:
        return data
    at = chance.choice(places)
    instead = chance.choice(("", text[at] * 2, chance.choice("{}[]()|:,\"'&*!#-<>\t")))
    return (text[:at] + instead + text[at + 1 :]).encode()


def _words(data: bytes, chance: random.Random, _files: Files) -> bytes:
    """Swap two words, or lose one, or say one twice."""
    text = data.decode("utf-8", "replace")
    words = list(_WORD.finditer(text))
    if len(words) < 2:
        return data
    first, second = sorted(chance.sample(words, 2), key=lambda found: found.start())
    swapped = {
        "swap": (second.group(), first.group()),
        "lose": ("", second.group()),
        "twice": (f"{first.group()} {first.group()}", second.group()),
    }[chance.choice(("swap", "lose", "twice"))]
    between = text[first.end() : second.start()]
    return (text[: first.start()] + swapped[0] + between + swapped[1] + text[second.end() :]).encode()


def _lines(data: bytes, chance: random.Random, files: Files) -> bytes:
    """Lose, double, move, indent or bring in lines."""
    lines = data.split(b"\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    some = slice(at, at + chance.choice((1, 1, 2, 8)))
    match chance.randrange(6):
        case 0:
            del lines[some]
        case 1:
            lines[at:at] = lines[some]
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = b" " * chance.randrange(1, 9) + lines[at]
        case 4:
            lines[at] = lines[at].lstrip()
        case _:
            theirs = files[chance.choice(sorted(files))].split(b"\n")
            begin = chance.randrange(len(theirs))
            lines[at:at] = theirs[begin : begin + 5]
    return b"\n".join(lines)


def _value(data: bytes, chance: random.Random, _files: Files) -> bytes:
    """Put something nasty in the place of a value."""
    text = data.decode("utf-8", "replace")
    values = list(_VALUE.finditer(text))
    if not values:
        return data
    found = chance.choice(values)
    nasty = chance.choice((*_NASTY, chance.choice(values).group()))
    return (text[: found.start()] + nasty + text[found.end() :]).encode("utf-8", "replace")


def _key(data: bytes, chance: random.Random, _files: Files) -> bytes:
    """Rename a key, to another one of the file or to something nasty."""
    text = data.decode("utf-8", "replace")
    keys = list(_KEY.finditer(text))
    if not keys:
        return data
    found = chance.choice(keys)
    name = chance.choice(
        (chance.choice(keys).group(2), chance.choice(_NASTY), found.group(2)[:-1], "kind", "states")
    )
    return (text[: found.start(2)] + name + text[found.end(2) :]).encode("utf-8", "replace")


def _anchors(data: bytes, chance: random.Random, _files: Files) -> bytes:
    """Add anchors that explode, refer to themselves or to nothing."""
    levels = chance.randrange(2, 30)
    bomb = ["a0: &a0 [x, x, x]"]
    bomb += [f"a{level}: &a{level} [*a{level - 1}, *a{level - 1}, *a{level - 1}]" for level in range(1, levels)]
    ring = "ring: &ring {again: *ring}"
    extra = chance.choice(("\n".join(bomb), ring, "lost: *nowhere", "facts: &facts {<<: *facts}"))
    return data + b"\n" + extra.encode() + b"\n"


def _depth(data: bytes, chance: random.Random, _files: Files) -> bytes:
    """Nest deeply, in brackets, braces or by indentation."""
    deep = chance.choice((10, 33, 100, 1_000, 20_000))
    nested = {
        "list": "[" * deep + "]" * deep,
        "open": "[" * deep,
        "map": "{a: " * deep + "x" + "}" * deep,
        "lines": "\n" + "\n".join(f"{' ' * level}k:" for level in range(2, min(deep, 400))),
        "text": '"' + "(" * deep + '"',
    }[chance.choice(("list", "open", "map", "lines", "text"))].encode()
    if chance.random() < 0.5:
        return data + b"\nextra: " + nested + b"\n"
    at = data.rfind(b": ", 0, chance.randrange(len(data) + 1))
    return data if at < 0 else data[: at + 2] + nested + data[at + 2 :]


def _unicode(data: bytes, chance: random.Random, _files: Files) -> bytes:
    """Put in signs from everywhere, some of which are no text."""
    at = chance.randrange(len(data) + 1)
    ranges = ((0, 0x20), (0, 0xD800), (0xE000, 0x110000))
    signs = "".join(chr(chance.randrange(*chance.choice(ranges))) for _ in range(chance.choice((1, 3, 30))))
    put = chance.choice((signs.encode(), b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"\r"))
    return data[:at] + put + data[at:]


def _size(data: bytes, chance: random.Random, _files: Files) -> bytes:
    """Cut the file short, empty it, or make it far too long."""
    match chance.randrange(5):
        case 0:
            return data[: chance.randrange(len(data) + 1)]
        case 1:
            return b""
        case 2:
            return data + b"".join(b"x%d: y\n" % number for number in range(25_000))
        case 3:
            return data + b"# " + b"x" * 300_000
        case _:
            return data + data


DAMAGE: Final[tuple[Damage, ...]] = (
    _bytes, _signs, _signs, _words, _words, _lines, _lines, _lines, _value, _value, _value, _value, _key, _key,
    _anchors, _depth, _unicode, _size,
)  # fmt: skip
"""The commoner ones more often."""

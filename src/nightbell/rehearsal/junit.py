"""JUnit: a rehearsal for CI - one test case a call, those left out as skipped, or why there are none.

The file is first written as one error, so that no older green one stands where nothing was played.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from nightbell.errors import SettingsError
from nightbell.rehearsal.report import BLAMED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nightbell.rehearsal.runner import CallResult
    from nightbell.rehearsal.tiers import LeftOut

__all__ = ["write_error", "write_junit"]

_NAME = "nightbell rehearse"
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, however they are written: one of them, and CI reads nothing of the file."""


def write_junit(results: Sequence[CallResult], path: Path, left_out: Sequence[LeftOut] = ()) -> None:
    """Write one test case a call, its failures in its own words; what was left out is skipped.

    Raises:
        SettingsError: the file cannot be written.
    """
    excused = sum(bool(result.passed and result.excused) for result in results)
    suite = ET.Element(
        "testsuite",
        name=_NAME,
        tests=str(len(results) + len(left_out)),
        failures=str(sum(not result.passed for result in results)),
        errors="0",
        skipped=str(excused + len(left_out)),
        time=f"{sum(result.audio_ms for result in results) / 1000:.3f}",
    )
    for result in results:
        _add(suite, result)
    for left in left_out:
        case = ET.SubElement(suite, "testcase", classname="calls", name=left.script.name, file=left.script.file)
        ET.SubElement(case, "skipped", message=f"left out: {left.why}")
    _write(suite, path)


def write_error(path: Path, message: str) -> None:
    """Write that no call was judged, and why.

    Raises:
        SettingsError: the file cannot be written.
    """
    suite = ET.Element("testsuite", name=_NAME, tests="1", failures="0", errors="1", skipped="0", time="0.000")
    case = ET.SubElement(suite, "testcase", classname="calls", name="rehearse", time="0.000")
    error = ET.SubElement(case, "error", message=message.partition("\n")[0])
    error.text = message
    _write(suite, path)


def _add(suite: ET.Element, result: CallResult) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname="calls",
        name=result.script.name,
        file=result.script.file,
        time=f"{result.audio_ms / 1000:.3f}",
    )
    if result.failures:
        first = result.failures[0]
        failed = ET.SubElement(case, "failure", type=first.kind.value, message=first.detail)
        lines = [str(failure) for failure in result.failures]
        failed.text = "\n".join([*lines, *([BLAMED[result.blame]] if result.blame else [])])
    elif result.excused:
        why = "; ".join(str(failure) for failure in result.excused)
        ET.SubElement(case, "skipped", message=f"known failure: {why}")
    out = ET.SubElement(case, "system-out")
    kept = result.recording or result.journal or "nothing"
    out.text = f"path: {' > '.join(result.states)}\nrecording: {kept}"
    if result.not_judged:
        out.text += f"\nnot judged without sound: {', '.join(result.not_judged)}"


def _write(suite: ET.Element, path: Path) -> None:
    for element in suite.iter():
        element.text = _writable(element.text or "") or None
        element.attrib = {name: _writable(value) for name, value in element.attrib.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ET.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written ({error.strerror})", hint="choose another --junit"
        ) from error


def _writable(text: str) -> str:
    """Show what XML cannot hold by its number."""
    return _NO_XML.sub(lambda bad: bad.group().encode("unicode_escape", "surrogatepass").decode("ascii"), text)

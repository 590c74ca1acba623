"""Said: the texts of a flow as values - words with the clinic's facts put in, in each of its languages."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from nightbell.flow.reading.fields import fault, several
from nightbell.flow.reading.names import Names, Parts
from nightbell.flow.reading.text import read_text, suggestion

__all__ = ["Spoken", "Translations"]


def _read(value: Any, names: Names, language: str) -> tuple[Parts, list[PydanticCustomError]]:
    if not isinstance(value, str):
        return (), [PydanticCustomError("string_type", "text is wanted")]
    parts, faults = read_text(
        value, names.facts, complete=names.all_facts, params=names.scope.params, language=language
    )
    call = f" in the call {names.scope.call!r}"
    return parts, [
        fault(found.code, found.message + (call if found.code == "NB197" else ""), found.hint, found.offset)
        for found in faults
    ]


def _spoken(value: Any, info: ValidationInfo[Names]) -> Parts:
    parts, faults = _read(value, info.context, info.context.languages[0])
    if faults:
        raise several([((), found) for found in faults])
    return parts


def _translated(value: Any, info: ValidationInfo[Names]) -> dict[str, Parts]:
    if not isinstance(value, dict):
        raise PydanticCustomError("dict_type", "a mapping is wanted")
    names = info.context
    read: dict[str, Parts] = {}
    faults: list[tuple[tuple[str | int, ...], PydanticCustomError]] = []
    for language, text in value.items():
        if language == names.languages[0]:
            hint = f"{language!r} is the flow's first language; its words stand in text:"
            faults.append(((language, "[key]"), fault("NB197", "the first language stands here twice", hint)))
        elif language not in names.languages:
            if not names.all_languages:
                continue
            hint = suggestion(language, names.languages, "languages: " + ", ".join(names.languages))
            message = f"{language!r} is no language of this flow"
            faults.append(((language, "[key]"), fault("NB197", message, hint)))
            continue
        read[language], wrong = _read(text, names, language)
        faults += [((language,), found) for found in wrong]
    if faults:
        raise several(faults)
    return read


Spoken: TypeAlias = Annotated[Parts, PlainValidator(_spoken, json_schema_input_type=str)]
"""Words for the caller, with the clinic's facts in their places."""
Translations: TypeAlias = Annotated[
    dict[str, Parts], PlainValidator(_translated, json_schema_input_type=dict[str, str])
]
"""The same words in the flow's other languages."""

"""Where the parts of a loaded flow stand."""

from __future__ import annotations

from pathlib import Path

from tests.unit.flow.sound import CLINIC, FILES, FLOWS

from nightbell.document.diagnostic import Place
from nightbell.flow.load import load_with_places
from nightbell.flow.reading.reader import read_flow, read_with_places


def test_a_part_is_found_in_the_file_it_stands_in() -> None:
    loaded = read_with_places(FILES, CLINIC)
    places = loaded.places
    assert loaded.flow == read_flow(FILES, CLINIC)
    assert loaded.warnings == ()
    assert places.of("states", "reason", "choices", "worried", "hear", 1) == Place("harbour/flow.yaml", 31, 43)
    assert places.of("universals", "blind", "row") == Place("shared/universals.yaml", 3, 110)
    assert places.of("universals", "blind", "row", value=True).column == 115
    assert places.of_clinic("facts", "parking") == Place("harbour/clinic.yaml", 14, 3)


def test_what_is_missing_has_the_place_of_what_it_would_stand_in() -> None:
    places = read_with_places(FILES, CLINIC).places
    assert places.of("states", "opening", "timers") == places.of("states", "opening")
    assert places.node("states", "opening", "timers") is None
    assert places.node("states", "opening") is not None


def test_a_folder_shows_its_paths() -> None:
    loaded = load_with_places(FLOWS / CLINIC)
    assert Path(loaded.places.of("states", "opening").file) == FLOWS / CLINIC / "flow.yaml"
    assert Path(loaded.places.of("universals", "blind").file) == FLOWS / "shared" / "universals.yaml"

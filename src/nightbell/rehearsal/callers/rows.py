"""Rows: the triage table by number - what each row is about, and which disposition it asks for. Names only.

The table itself, with its sources, is the clinical reference; here stands what a page needs to be read.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

__all__ = ["ROWS"]

ROWS: Final = MappingProxyType(
    {
        "1": ("Sight after filler", "D0"),
        "2": ("Stroke signs", "D0"),
        "3": ("Blocked vessel, early", "D1"),
        "4": ("Blocked vessel, livedo", "D1"),
        "5": ("Blocked vessel, late", "D1"),
        "6": ("Blocked vessel, vague", "D1 within 14 days of filler, else D2"),
        "7": ("Second contact about filler", "D1"),
        "8": ("Anaphylaxis", "D0; a lip alone D1"),
        "9": ("Toxin spread", "breath, swallowing D0; else D1"),
        "10": ("Lid or brow after toxin", "D4; any sign of the eye, or filler: row 1"),
        "11": ("Cold sore", "no filler D3 or D4; filler: row 5"),
        "12": ("Infection", "fever, spreading D2; local D3"),
        "13": ("Late nodules", "hot D3; cold D4"),
        "14": ("Haematoma", "neck D0; fast D1; bruise D4"),
        "15": ("Eyelid surgery, bleeding behind the eye", "D0"),
        "16": ("Burn after laser, light or peel", "eye D1; blisters D2; redness D4"),
        "17": ("Spinal or epidural, cord", "D1; both legs or bladder D0"),
        "18": ("Spinal or epidural, infection", "D1; stiff neck and fever D0"),
        "19": ("Headache after a dural puncture", "with more D0 or D1; typical D3"),
        "20": ("After an anaesthetic or opioids", "D0; alone and unwell D2"),
        "21": ("Bleeding after surgery", "heavy D0; not stopped D1; stopped D3"),
        "22": ("Clot", "chest, breath D0; leg D2"),
        "23": ("Chest pain", "D0"),
        "24": ("Sepsis", "D0"),
        "25": ("Suicidal or self-harm", "danger, done D0; else DM"),
        "26": ("Threads", "pain D2; infection D3; poking D4"),
        "27": ("Wound", "fever, opening D2; drain D3 or D4"),
        "28": ("Pain not controlled", "after filler row 3; else D2 or D3"),
        "29": ("Swelling, bruise, is it usual?", "D4 once every question is clear"),
        "30": ("Medicines", "D3"),
        "31": ("Bookings, prices, results", "D5 between two safety questions"),
        "32": ("Child, pregnant, for another, cannot speak", "one level up"),
        "33": ("Refuses the emergency department", "D1"),
    }
)
"""Row to its name and its disposition."""

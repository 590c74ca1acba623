"""Product: what a patient was treated with, by the names that flows, records and treatments.csv share. Pure."""

from __future__ import annotations

from typing import Final

__all__ = ["FILLER", "PRODUCTS", "may_be_filler"]

FILLER: Final = "filler"
PRODUCTS: Final = (FILLER, "toxin", "threads", "laser", "peel", "surgery", "anaesthetic")
"""What the clinical table tells apart (clinical.md section 2.2)."""


def may_be_filler(product: str | None) -> bool:
    """Tell whether a product is filler, or may be: what is not known is the worst case."""
    return product not in PRODUCTS or product == FILLER

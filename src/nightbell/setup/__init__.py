"""Set-up: brings the speech models, checks them, and tells what is missing.

`vosk_model.require_vosk` is what the rest of the program asks for the model's folder; `doctor.examine` is what is
shown to people. Nothing else in Nightbell touches the network for a model.
"""

from __future__ import annotations

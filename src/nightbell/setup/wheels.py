"""Models inside Python packages: are they installed, and are their files the right ones?

The packages are looked at, never imported: importing silero_vad would want torch.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from nightbell.errors import ModelMissing
from nightbell.setup.digest import Fault, faults
from nightbell.setup.manifest import WheelModel

__all__ = ["examine_wheel"]


def examine_wheel(model: WheelModel, *, thorough: bool = True) -> list[Fault]:
    """Return what is wrong with a package's model files; with `thorough` off only presence and size are looked at.

    Raises:
        ModelMissing: the package is not installed.
    """
    try:
        distribution = metadata.distribution(model.package)
    except metadata.PackageNotFoundError as fault:
        raise ModelMissing(
            f"The package {model.package} is not installed.",
            provider=model.package,
            hint="Install Nightbell with its locked requirements: scripts/demo does",
        ) from fault
    root = Path(str(distribution.locate_file("")))
    if thorough:
        return faults(root, model.files)
    present = {
        file.path: (root / file.path).stat().st_mtime_ns for file in model.files if (root / file.path).is_file()
    }
    return faults(root, model.files, seen=present, thorough=False)

"""Adopting: a Vosk model that a person brings is laid so that a rehearsal can open it, beside the one in use.

Nothing of it is pinned, so nothing but a rehearsal is to open it. Its files stay where they are and are linked to;
the model in use is not touched.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from nightbell.errors import ModelCorrupt, ModelMissing
from nightbell.setup.manifest import Archive
from nightbell.setup.vosk_model import FOLDER, LIST_NAME, accept_8_khz, write_list

__all__ = ["adopt_vosk"]

_CONF: Final = Path("conf") / "mfcc.conf"


def adopt_vosk(model: Path, models_dir: Path) -> None:
    """Lay a model in a folder of models, in the place of what an earlier rehearsal laid there.

    Args:
        model: the model's own folder, as its maker unpacks it, with ``am``, ``conf`` and so on.
        models_dir: made when missing.

    Raises:
        ModelMissing: there is no model in that folder.
        ModelCorrupt: it cannot be laid.
    """
    if not (model / _CONF).is_file():
        raise ModelMissing(
            f"There is no Vosk model in {model}: it has no {_CONF}.",
            provider="vosk",
            hint="Name the folder that holds am, conf and graph.",
        )
    place = models_dir / FOLDER
    own, laid = model.resolve(), place.resolve()
    if own == laid or own in laid.parents or laid in own.parents:
        raise ModelCorrupt(
            f"The Vosk model in {model} lies where it would be laid, {place}.",
            provider="vosk",
            hint="Move it, or name another --report.",
        )
    try:
        shutil.rmtree(place, ignore_errors=True)
        for path in sorted(model.resolve().rglob("*")):
            if path.is_file() and path.name != LIST_NAME:
                own = place / path.relative_to(model.resolve())
                own.parent.mkdir(parents=True, exist_ok=True)
                own.symlink_to(path)
        if "allow-downsample" not in (place / _CONF).read_text(encoding="ascii"):
            (place / _CONF).unlink()
            shutil.copyfile(model / _CONF, place / _CONF)
            accept_8_khz(place / _CONF)
        write_list(place, Archive(name=str(model), file_name="", kind="zip", inside="", size=0, sha256=""))
    except (OSError, UnicodeDecodeError) as fault:
        raise ModelCorrupt(f"The Vosk model in {model} cannot be used: {fault}.", provider="vosk") from fault

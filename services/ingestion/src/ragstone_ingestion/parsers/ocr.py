"""Text in images, recognised on the CPU by models that lie inside the package ``rapidocr``; nothing is fetched.

They read Latin script, Chinese and Japanese. An image of a page takes 3-5 s of one core and some 650 MB of memory.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from PIL import Image

from ragstone_ingestion.errors import NoText

EXTRA = "ragstone-ingestion[ocr]"
_MAX_SIDE = 2400
_DETECTION_SIDE = 1280
"""Lines are found in a smaller image than the one they are read from: half the memory, and no letter is lost."""
_ENGINE = {
    "Global.log_level": "critical",
    "Global.max_side_len": _MAX_SIDE,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Det.limit_type": "max",
    "Det.limit_side_len": _DETECTION_SIDE,
    "Rec.rec_batch_num": 1,
}


@dataclass(frozen=True)
class OcrLine:
    """A line as recognised: its place in pixels from the top left of the image, and how sure it is, 0 to 1."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    score: float


def is_installed() -> bool:
    return find_spec("rapidocr") is not None


def recognise(image: Image.Image) -> list[OcrLine]:
    """The lines of text in an image, from top to bottom. Raises NoText when the extra is not installed."""
    if not is_installed():
        raise NoText(f"reading text in images needs the extra {EXTRA}")
    scale = min(1.0, _MAX_SIDE / max(image.size))
    if scale < 1:
        image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    found = _engine()(_on_white(image))
    if found.txts is None:
        return []
    return [_line(*one, scale) for one in zip(found.txts, found.boxes, found.scores, strict=True)]


@cache
def _engine() -> Any:
    return import_module("rapidocr").RapidOCR(params=_ENGINE)


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency, which would turn to black and hide black letters."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _line(text: str, corners: Iterable[tuple[float, float]], score: float, scale: float) -> OcrLine:
    across, down = zip(*corners, strict=True)
    x0, y0, x1, y1 = (float(value) / scale for value in (min(across), min(down), max(across), max(down)))
    return OcrLine(text, x0, y0, x1, y1, float(score))

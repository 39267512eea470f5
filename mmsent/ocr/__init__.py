"""OCR: PP-OCRv6 detects lines of text in a picture and recognises each, in ONNX Runtime on the CPU.

Both nets come inside the wheel of rapidocr. They are run here rather than by rapidocr itself, which
fetches files it misses, makes the short side of every picture at least 736 px long, and leaves its
threads spinning. ``detect`` finds lines, ``windows`` searches tall pictures part by part,
``recognise`` reads a line, ``turns`` finds out which way up it is, ``layout`` puts lines in order,
and ``reader`` is all of it together.
"""

from mmsent.ocr.layout import caption, reading_order
from mmsent.ocr.reader import OcrResult, TextReader

__all__ = ["OcrResult", "TextReader", "caption", "reading_order"]

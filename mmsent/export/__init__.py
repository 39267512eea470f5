"""Nets as ONNX files that hold all that is needed to use them without mmsent."""

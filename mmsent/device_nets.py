"""The nets that read faces on a visitor's own device, as ONNX files: MTCNN's three, and the small
net that lies in the checkpoint, else the checkpoint's own.

Named ``pnet``, ``rnet``, ``onet`` and ``face``; the last maps (N, 1, size, size) uint8 crops to
embeddings, whose last seven columns are the logits.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx
import torch
from facenet_pytorch import MTCNN
from onnx import numpy_helper
from torch import Tensor, nn

from mmsent import hub
from mmsent.face_nets import MIN_FACE_SIZE, SHAPES
from mmsent.models.face import FaceEmbedding
from mmsent.pipelines.face import FacePipeline
from mmsent.runtime import fingerprint, onnx_file

MIN_HALVED: Final = 256  # numbers from which a tensor is sent in half precision


@dataclass(frozen=True)
class DeviceNet:
    """A net to send; ``halved`` in half precision, in which checkpoints keep their weights."""

    net: nn.Module
    example: Tensor
    free: tuple[int, ...] = (0,)
    halved: bool = False

    @property
    def fingerprint(self) -> str:
        """What the file depends on, in hexadecimal."""
        return fingerprint(self.net, self.example, self.free)

    def file(self) -> bytes:
        """Its ONNX file. Raises whatever the export raises."""
        content = onnx_file(self.net, self.example, self.free)
        return halve(content) if self.halved else content


def device_reader(face: FacePipeline) -> FacePipeline:
    """The pipeline whose net the device runs: the student in the checkpoint of ``face``, where it
    learned from this very net, else ``face`` itself. Raises CheckpointError where the student is
    damaged."""
    student = hub.student(face.folder, "face")
    return FacePipeline(student, "cpu") if student else face


def device_nets(reader: FacePipeline) -> Mapping[str, DeviceNet]:
    """All nets by their names."""
    mtcnn = MTCNN(keep_all=True, min_face_size=MIN_FACE_SIZE, device="cpu")
    nets = {
        name: DeviceNet(getattr(mtcnn, name), torch.rand(shape), free)
        for name, (shape, free) in SHAPES.items()
    }
    net = reader.net if reader.device == "cpu" else copy.deepcopy(reader.net).cpu()
    return nets | {"face": DeviceNet(FaceEmbedding(net).eval(), reader.example(), halved=True)}


def load_device_nets(face: FacePipeline) -> None:
    """Exports the nets now rather than when the first visitor asks for them: those that read live
    faces, and for photos the checkpoint's own."""
    for reader in dict.fromkeys((device_reader(face), face)):
        for net in device_nets(reader).values():
            net.file()


def halve(content: bytes) -> bytes:
    """An ONNX file with its large tensors in half precision, and a cast behind each of them, which
    ONNX Runtime does once, at the start."""
    model = onnx.load_from_string(content)
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < MIN_HALVED:
            continue
        name, half = tensor.name, numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
        casts.append(
            onnx.helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT)
        )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model.SerializeToString()

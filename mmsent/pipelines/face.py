"""The face pipeline: seven emotions of the faces in a picture, or of ready crops."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmsent import hub
from mmsent.calibrate import probabilities
from mmsent.configs import read_checked
from mmsent.explain import log_odds, occlusion_map
from mmsent.face_quality import poor_quality, quality_notes, turn_notes
from mmsent.faces import MIN_FACE_SIZE, Detection, FaceDetector, FaceFrame, clip_box, crop_face
from mmsent.labels import FACE_EMOTIONS
from mmsent.media import ImageSource, Picture, image_notes, open_image
from mmsent.models.backbone import RESNET18_FEATURES
from mmsent.models.face import FaceEmbedding, FaceNet
from mmsent.pipelines.shared import shared
from mmsent.results import Face, FaceResult, Scores
from mmsent.runtime import Device, choose_device, make_runner

# larger photos are searched for faces at this size: a face of 20 px there is small even in print
MAX_SEARCH_SIDE = 1600
BATCH_SIZE = 64


class FacePipeline:
    """Loaded once and shared: every method may be called from several threads."""

    def __init__(self, folder: Path, device: Device | None = None) -> None:
        self.folder = folder
        self.device = choose_device(device)
        config = read_checked(folder, "face")
        self.labels: tuple[str, ...] = tuple(config["labels"])
        if self.labels != FACE_EMOTIONS:
            raise hub.CheckpointError(
                f"{folder} names other emotions than {', '.join(FACE_EMOTIONS)}, in this order."
            )
        preprocessing = config["preprocessing"]
        self.size: int = preprocessing["size"]
        # what training pictures had before they were enlarged to ``size``: from larger crops the net
        # would see more than it has learned from
        self.source: int = preprocessing.get("source", self.size)
        self.frame = FaceFrame(**preprocessing.get("frame", {}))
        self.temperature: float = config["calibration"]["temperature"]
        self.threshold: float = config["calibration"]["threshold"]
        mean, std = preprocessing["mean"], preprocessing["std"]
        shape = {key: config["architecture"].get(key, ()) for key in ("stem", "inner")}
        self.net = hub.build_net(folder, lambda: FaceNet(mean=mean, std=std, **shape))
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.identity = hub.identity(
            folder, {"source": self.source, **preprocessing, "frame": asdict(self.frame)}
        )
        self.metrics = hub.read_metrics(folder, self.sha256)
        self._run = make_runner(FaceEmbedding(self.net), self.example(), self.device)
        self.width = RESNET18_FEATURES + len(self.labels)
        self._detector: FaceDetector | None = None
        self._detector_lock = threading.Lock()

    def example(self) -> Tensor:
        """A batch such as the net takes: two crops (2, 1, size, size) uint8."""
        return torch.randint(256, (2, 1, self.size, self.size), dtype=torch.uint8)

    @property
    def detector(self) -> FaceDetector:
        """Made at the first use, since ready crops need none."""
        with self._detector_lock:
            self._detector = self._detector or FaceDetector(self.device)
            return self._detector

    def predict(self, image: ImageSource) -> FaceResult:
        """Every face of a picture, largest first. Raises MediaError when the picture can't be
        read."""
        picture = open_image(image)
        found = self._detect(picture)
        crops, logits = self.read(picture, found)
        faces = tuple(
            self.face(picture, face, probs, crop=crop)
            for face, probs, crop in zip(found, self.probabilities(logits), crops, strict=True)
        )
        notes = (
            *image_notes(image),
            *turn_notes([face.roll for face in found]),
            *quality_notes([face.quality for face in faces]),
        )
        return FaceResult(faces, (picture.shape[1], picture.shape[0]), notes)

    def classify(self, crops: Iterable[ImageSource]) -> list[Scores]:
        """Scores of ready face crops, each a picture or uint8 grey (H, W) or RGB (H, W, 3), framed
        like the training pictures. Raises MediaError where a picture can't be read, and ValueError
        for any other array."""
        is_single = isinstance(crops, np.ndarray) and (crops.ndim == 2 or crops.shape[2:] == (3,))
        if is_single or not isinstance(crops, Iterable) or isinstance(crops, str | bytes):
            raise TypeError("crops are several pictures; a single one goes in a list")
        return self.scores(self.logits([self._prepare(crop) for crop in crops]))

    def explain(
        self, image: ImageSource, face: Face, label: str | None = None
    ) -> NDArray[np.float32]:
        """The occlusion map of ``label`` (None: the top one) of a face found in a picture: (H, W)
        float32, 0..1, over the whole picture."""
        picture = open_image(image)
        if label is not None and label not in self.labels:
            raise ValueError(
                f"unknown emotion {label!r}, expected one of: {', '.join(self.labels)}"
            )
        landmarks = np.array(face.landmarks, dtype=np.float32)
        crop = self._enlarged(crop_face(picture, landmarks, self.source, self.frame))
        column = self.labels.index(label or face.emotions.top)
        heat = occlusion_map(
            crop,
            lambda crops: log_odds(probabilities(self.logits(crops), self.temperature)[:, column]),
        )
        matrix = self.frame.map_to(landmarks, self.size)
        shape = (picture.shape[1], picture.shape[0])
        return cv2.warpAffine(heat, matrix, shape, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)

    def crop(self, picture: Picture, face: Detection) -> NDArray[np.uint8]:
        """A detected face as the net wants it: grey (size, size) uint8."""
        return self._enlarged(crop_face(picture, face.landmarks, self.source, self.frame))

    def read(
        self, picture: Picture, faces: Sequence[Detection]
    ) -> tuple[list[NDArray[np.uint8]], NDArray[np.float32]]:
        """The crops of detected faces, and their (N, 7) raw logits."""
        crops = [self.crop(picture, face) for face in faces]
        return crops, self.logits(crops)

    def logits(self, crops: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(N, size, size) grey uint8 -> (N, 7) raw logits."""
        return self.embeddings(crops)[:, -len(self.labels) :]

    def embeddings(self, crops: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(N, size, size) grey uint8 -> (N, width) embeddings: the features before the net's last
        layers, then the logits."""
        if not len(crops):
            return np.empty((0, self.width), np.float32)
        batch = np.stack(crops)[:, None]
        return np.concatenate(
            [self._run(batch[i : i + BATCH_SIZE])[0] for i in range(0, len(batch), BATCH_SIZE)]
        )

    def scores(self, logits: NDArray[np.floating]) -> list[Scores]:
        """(N, 7) raw logits -> calibrated scores."""
        return [self.score(row) for row in self.probabilities(logits)]

    def probabilities(self, logits: NDArray[np.floating]) -> NDArray[np.floating]:
        """(..., 7) raw logits -> calibrated probabilities."""
        return probabilities(logits, self.temperature)

    def score(self, probs: NDArray[np.floating]) -> Scores:
        """(7,) calibrated probabilities -> scores, "not sure" below the checkpoint's threshold."""
        return Scores.of(self.labels, probs, self.threshold)

    def face(
        self,
        picture: Picture,
        found: Detection,
        probs: NDArray[np.floating],
        track: int | None = None,
        crop: NDArray[np.uint8] | None = None,
    ) -> Face:
        """A detection and its calibrated probabilities (7,) as a plain result, "not sure" where it
        can't be read well, by its ``crop``, if that is at hand."""
        points = tuple((float(x), float(y)) for x, y in found.landmarks)
        quality = self.quality(picture, found, crop)
        emotions = self.score(probs)
        scores = replace(emotions, unsure=True) if quality else emotions
        box = clip_box(found.box, picture)
        return Face(box, found.probability, track, scores, points, quality)

    def quality(
        self, picture: Picture, found: Detection, crop: NDArray[np.uint8] | None = None
    ) -> str | None:
        """The reason why a face can't be read with confidence, None where it can; ``crop`` is its
        crop, if it is at hand."""
        crop = self.crop(picture, found) if crop is None else crop
        return poor_quality(picture, found, crop, self.frame.map_to(found.landmarks, self.size))

    def _prepare(self, crop: ImageSource) -> NDArray[np.uint8]:
        if not isinstance(crop, np.ndarray):
            crop = open_image(crop)
        if (
            crop.dtype != np.uint8
            or crop.ndim not in (2, 3)
            or crop.shape[2:] not in ((), (3,))
            or 0 in crop.shape
        ):
            raise ValueError(
                f"a crop must be uint8 of shape (H, W) or (H, W, 3), not {crop.dtype} {crop.shape}"
            )
        grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) if crop.ndim == 3 else crop
        return self._enlarged(_squared(grey, self.source))

    def _enlarged(self, crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return _squared(crop, self.size)

    def _detect(self, picture: Picture) -> list[Detection]:
        """Faces of a photo of any size, in its own pixels."""
        longest = max(picture.shape[:2])
        smallest = (
            MIN_FACE_SIZE
            if longest <= MAX_SEARCH_SIDE
            else MIN_FACE_SIZE * longest // MAX_SEARCH_SIDE
        )
        return self.detector.detect(picture, smallest, thorough=True)


def _squared(grey: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """(H, W) -> (size, size), as it is where it has that size."""
    if grey.shape == (size, size):
        return grey
    shrinks = min(grey.shape) > size
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, (size, size), interpolation=how), np.uint8)


def shared_face(source: str | Path | None = None, device: Device | None = None) -> FacePipeline:
    """The pipeline in ``source`` (folder or ``owner/name@revision``; None: as ``hub.find`` has it),
    made once."""
    return shared(FacePipeline, "face", source, device)

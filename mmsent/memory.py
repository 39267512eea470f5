"""Too little memory: how libraries say so."""

import sys

# What PyTorch, ONNX Runtime and OpenCV say where memory is short; none of them has a type for it on
# a CPU.
SIGNS = ("not enough memory", "out of memory", "allocate memory", "bad_alloc", "bad allocation")


def is_out_of_memory(problem: BaseException) -> bool:
    """Whether an exception of any library says that memory is short, be it the machine's or the
    GPU's."""
    if isinstance(problem, MemoryError):
        return True
    cv2 = sys.modules.get("cv2")  # only who has it can raise its error
    if cv2 is not None and isinstance(problem, cv2.error):
        return getattr(problem, "code", None) == cv2.Error.STS_NO_MEM
    return any(sign in str(problem).lower() for sign in SIGNS)

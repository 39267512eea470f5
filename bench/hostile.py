"""How many hostile inputs are read, refused, or break something; tests/hostile.py makes and tries
them.

    python -m bench.hostile                          1,000 inputs of each kind, clips and whole checkpoints 100
    python -m bench.hostile --inputs 20000 --seed 1  more, and others
"""

import sys
import time
import warnings

from mmsent.console import manual_parser
from tests.hostile import CONFIG, attack, kinds


def main() -> None:
    parser = manual_parser("python -m bench.hostile", __doc__)
    parser.add_argument(
        "--inputs",
        type=int,
        default=1000,
        help="of each kind; a tenth of it of clips and of whole checkpoints",
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # Pillow's, about what is damaged
    print(f"{'':<14}{'inputs':>8}{'read':>8}{'refused':>9}{'failed':>8}{'a second':>10}")
    failed = 0
    for kind in kinds():
        slow = kind.name == "clip" or kind.name.endswith(CONFIG)
        inputs, begun = args.inputs // 10 if slow else args.inputs, time.perf_counter()
        counts = attack(kind, inputs, args.seed)
        rate = inputs / (time.perf_counter() - begun)
        figures = f"{counts['read']:>8}{counts['refused']:>9}{counts['failed']:>8}{rate:>10.0f}"
        print(f"{kind.name:<14}{inputs:>8}{figures}", flush=True)
        failed += counts["failed"]
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

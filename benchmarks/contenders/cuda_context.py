"""What a process pays before it trains on a GPU: says as JSON the seconds and the MiB
of a context.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

# Another process that makes a context and holds it until it is told to go on.
HOLDER = (
    "import torch; torch.ones(1, device='cuda').add_(1); torch.cuda.synchronize(); "
    "print('ready', flush=True); input()"
)


def main() -> None:
    """Time a context of this process, then see by how much another one's lowers the free memory."""
    import torch

    began = time.perf_counter()
    torch.ones(1, device="cuda").add_(1)
    torch.cuda.synchronize()
    seconds = time.perf_counter() - began
    before, _ = torch.cuda.mem_get_info()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if holder.stdout is None or holder.stdout.readline().strip() != "ready":
        raise RuntimeError("the second process made no context")
    after, _ = torch.cuda.mem_get_info()
    holder.communicate("\n")
    print(json.dumps({"seconds": seconds, "mib": (before - after) / 2**20}))


if __name__ == "__main__":
    json.loads(sys.argv[1])  # options: none
    main()

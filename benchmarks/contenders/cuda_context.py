"""The cost of a CUDA context, which every process on a GPU has: prints seconds and MiB as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import time

# Another process that creates a context and keeps it until it reads a line.
HOLDER = (
    "import torch; torch.ones(1, device='cuda').add_(1); torch.cuda.synchronize(); "
    "print('ready', flush=True); input()"
)


def main() -> None:
    """Time this process's context, then measure how much memory another process's takes."""
    import torch

    start_time = time.perf_counter()
    torch.ones(1, device="cuda").add_(1)
    torch.cuda.synchronize()
    seconds = time.perf_counter() - start_time
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

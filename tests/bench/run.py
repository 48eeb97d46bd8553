"""Run every benchmark, one after the other, each in a process of its own.

`make bench` calls this. Each prints plain lines; where figures are compared, as ratios of one run.
"""

import subprocess
import sys
from pathlib import Path


def main() -> int:
    folder = Path(__file__).parent
    root = folder.parents[1]
    failed = []
    for script in sorted(folder.glob("bench_*.py")):
        print(f"--- {script.stem.removeprefix('bench_')}", flush=True)
        module = f"tests.bench.{script.stem}"
        if subprocess.run([sys.executable, "-m", module], cwd=root, check=False).returncode:
            failed.append(script.stem)
    if failed:
        print(f"Did not finish: {', '.join(failed)}.")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())

"""What a cold scan costs, against parsing the same files.

    python tests/benchmark_scan.py PROJECT_DIR...

For each project prints the lines, the CPU seconds of `ast.parse` on all its files (text in memory,
garbage collection as it is), the CPU seconds and peak memory of `unsignal scan --format json` in a
process of its own, start-up and children included, and the ratio. The tool itself is compiled
before, as it is where it was installed. No part of the test suite: the goal is at most 2 times the
CPU and 400 MB for a project of at least 200,000 lines.
"""

from __future__ import annotations

import ast
import compileall
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

from codemod.config import read_config  # noqa: E402
from codemod.source.discover import discover, read  # noqa: E402


def parsing(root: Path) -> tuple[int, int, float]:
    """Files, lines, and CPU seconds to parse them."""
    files, _ = read(root, discover(root, read_config(root).exclude))
    texts = [file.text for file in files]
    start = time.process_time()
    for text in texts:
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
    return len(texts), sum(text.count("\n") for text in texts), time.process_time() - start


def scanning(root: Path) -> tuple[float, float, int]:
    """CPU seconds, peak megabytes and exit code of a scan."""
    command = [sys.executable, "-m", "codemod", "scan", str(root), "--format", "json"]
    with subprocess.Popen(
        command, cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    scale = 1024 if sys.platform != "darwin" else 1024 * 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale, process.returncode


def main(projects: list[str]) -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    compileall.compile_dir(HERE / "codemod", quiet=1)
    titles = f"{'files':>6} {'lines':>8} {'parse':>7} {'scan':>7} {'ratio':>6} {'MB':>5}"
    print(f"{'project':24} {titles}")
    for name in projects:
        root = Path(name).resolve()
        count, lines, parsed = parsing(root)
        scanned, megabytes, code = scanning(root)
        note = "" if code in (0, 2) else f"  exit code {code}"
        print(
            f"{root.name:24} {count:6} {lines:8} {parsed:6.2f}s {scanned:6.2f}s "
            f"{scanned / max(parsed, 0.001):6.1f} {megabytes:5.0f}{note}"
        )


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])

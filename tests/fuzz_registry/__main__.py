"""A long run.

    python -m tests.fuzz_registry 500 [--seed N] [--show]

Prints, for each project that differs, the registrations that do, each tried alone; `--show`: with
the text of their files. At the end, what was counted.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import replace

from tests.fuzz_registry.comparing import Server, Tally, Unsound, compare, number_of, server
from tests.fuzz_registry.drawing import drawn
from tests.fuzz_registry.writing import Project, files


def alone(project: Project, lines: list[str], asked: Server) -> Project:
    """The smallest part of a project that still differs in the way of the first line."""
    number = number_of(lines[0])
    parts = [one for one in project.registrations if one.number == number]
    for small in (replace(project, registrations=(one,)) for one in parts):
        if compare(small, asked, Tally()):
            return small
    return project


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    tally, wrong = Tally(), Counter[str]()
    with server() as asked:
        for seed in range(given.seed, given.seed + given.count):
            project = drawn(seed)
            try:
                lines = compare(project, asked, tally)
            except Unsound as error:
                wrong["unsound"] += 1
                print(f"--- {seed}: the project does not start\n{str(error)[-700:]}")
                continue
            if lines:
                wrong["different"] += 1
                small = alone(project, lines, asked)
                print(f"--- {seed}\n" + "\n".join(lines))
                print(*small.registrations, sep="\n")
                if given.show:
                    texts = files(small)
                    print(
                        *(
                            f"# {p}\n{t}"
                            for p, t in texts.items()
                            if "models" not in p and "common" not in p
                        ),
                        sep="\n",
                    )
    print(tally, dict(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

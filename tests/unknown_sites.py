"""The share of `.save()`-like lines outside of tests whose model can't be told.

    python tests/unknown_sites.py PROJECT_DIR... [--list]

A line is told if the type of `x` in `x.save()`, `x.create()`, ... is known (a model, a form, a
file, ...), or if something speaks against every model of the project; the rest is possible.
Printed is a table with the median share. `--list` shows the lines that are left, with their text.
"""

from __future__ import annotations

import argparse
import ast
from collections import Counter
from pathlib import Path
from statistics import median

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Tier
from codemod.project.project import Project
from codemod.surfaces.calls.found import is_super
from codemod.values.inventory import is_test
from tests.truth_types import read

NAMES = ("save", "create", "get_or_create", "update_or_create", "delete")
NAMES += tuple(f"a{name}" for name in NAMES)


def verdict(project: Project, facts: FileFacts, call: CallSite, labels: list[str]) -> str:
    """What is known of the object of a call."""
    answer = project.owner_of(call, facts)
    if answer.known:
        return answer.tier.value if answer.tier is not Tier.POSSIBLE else "possible"
    if any(project.could_be(call, facts, label) for label in labels):
        return "possible"
    return "impossible"


def measure(root: Path, show: bool) -> Counter[str]:
    """The lines of one project by verdict."""
    project = Project.build(read(root))
    labels = [m.label for m in project.models.all() if not m.abstract]
    counts: Counter[str] = Counter()
    for facts in project.read():
        if is_test(facts.path):
            continue
        for call in facts.named(*NAMES):
            function = call.node.func
            if not isinstance(function, ast.Attribute) or is_super(function.value):
                continue
            told = verdict(project, facts, call, labels)
            counts[told] += 1
            if show and told == "possible":
                print(f"  {facts.path}:{call.node.lineno}: {ast.unparse(call.node)[:90]}")
    return counts


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("projects", nargs="+", type=Path, metavar="PROJECT_DIR")
    parser.add_argument("--list", action="store_true", help="show the lines that are left")
    given = parser.parse_args()
    columns = ("proved", "inferred", "impossible", "possible")
    print("| project | lines | proved | inferred | impossible | possible | share |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    shares = []
    for root in given.projects:
        counts = measure(root, given.list)
        total = sum(counts.values())
        share = counts["possible"] / total if total else 0.0
        if total:
            shares.append(share)
        cells = " | ".join(str(counts[column]) for column in columns)
        print(f"| {root.name} | {total} | {cells} | {share:.1%} |", flush=True)
    print(f"median of {len(shares)}: {median(shares):.1%}")


if __name__ == "__main__":
    main()

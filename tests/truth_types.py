"""Compare the types of expressions with what ran: truth_types.py CHECKOUT TRUTH.json."""

from __future__ import annotations

import ast
import json
import sys
import time
from collections import Counter
from pathlib import Path

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Answer, Instance, Manager, QuerySet
from codemod.project.project import Project

_NAMES = {
    "save": ("save", "asave"),
    "create": ("create", "acreate"),
    "get_or_create": ("get_or_create", "aget_or_create"),
    "update_or_create": ("update_or_create", "aupdate_or_create"),
    "delete": ("delete", "adelete"),
    "queryset.delete": ("delete", "adelete"),
}


def read(root: Path) -> list[tuple[str, str]]:
    """The Python files of a checkout."""
    skipped = {".git", "node_modules", ".venv", "venv", "__pycache__"}
    return [
        (path.relative_to(root).as_posix(), path.read_text(encoding="utf-8", errors="replace"))
        for path in sorted(root.rglob("*.py"))
        if not skipped & set(path.relative_to(root).parts)
    ]


def labels(project: Project, answer: Answer) -> set[str]:
    """The models of an answer."""
    found: set[str] = set()
    for kind in answer.types:
        if isinstance(kind, Instance):
            model = project.models.by_class.get(kind.cls)
            if model is not None:
                found |= {concrete.label for concrete in project.models.concrete(model)}
        elif isinstance(kind, (Manager, QuerySet)):
            found.add(kind.model)
    return found


def call_at(facts: FileFacts, firing: dict[str, object]) -> CallSite | None:
    """The call that a firing names."""
    origin = firing["origin"]
    assert isinstance(origin, dict)
    names = _NAMES.get(str(firing["kind"]), ())
    line, end = origin["line"], origin["end_line"]
    found = [c for c in facts.calls if c.name in names and c.node.lineno <= end]
    exact = [
        c
        for c in found
        if (c.node.lineno, c.node.end_lineno, c.node.col_offset) == (line, end, origin["col"])
    ]
    near = [c for c in found if line <= (c.node.end_lineno or 0) and c.node.lineno >= line]
    return next(iter(exact or near), None)


def main(checkout: str, truth: str) -> None:
    """Print the figures."""
    data = json.loads(Path(truth).read_text(encoding="utf-8"))
    start = time.process_time()
    project = Project.build(read(Path(checkout)))
    built = time.process_time() - start
    sites: dict[tuple[str, int, int], tuple[CallSite, FileFacts, set[str], bool]] = {}
    lost: Counter[str] = Counter()
    for firing in data["firings"]:
        if firing["site"] != "direct" or firing["kind"] not in _NAMES or firing.get("cascade"):
            continue
        facts = project.facts(firing["origin"]["file"])
        call = call_at(facts, firing) if facts is not None else None
        if facts is None or call is None or not isinstance(call.node.func, ast.Attribute):
            lost[f"{firing['origin']['file']}:{firing['origin']['line']}"] += 1
            continue
        key = facts.path, call.node.lineno, call.node.col_offset
        known = sites.setdefault(key, (call, facts, set(), firing["in_test"]))
        known[2].add(firing["sender"])
    figures: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    wrong, unknown, vetoed = [], [], []
    for (path, line, _), (call, facts, senders, in_test) in sites.items():
        assert isinstance(call.node.func, ast.Attribute)
        answer = project.type_of(call.node.func.value, call.scope, facts)
        models = labels(project, answer)
        text = f"{path}:{line}  {ast.unparse(call.node.func)[:80]}  ran: {sorted(senders)}"
        related = models | {p for m in models for p in project.models.parents(m)}
        if not answer.known:
            verdict = "unknown"
            unknown.append(text)
            vetoed += [text for s in senders if not project.could_be(call, facts, s)]
        elif senders <= related:
            verdict = "right"
        else:
            verdict = "wrong"
            wrong.append(f"{text}  said: {answer.types} {answer.tier.value} ({answer.reason})")
        figures[in_test][verdict] += 1
    for in_test, counts in figures.items():
        total = sum(counts.values()) or 1
        shares = ", ".join(f"{k} {v} ({v / total:.1%})" for k, v in counts.most_common())
        print(f"{'tests' if in_test else 'code'}: {shares}")
    print(f"no call found at: {dict(lost)}")
    print(f"built in {built:.1f}s, asked in {time.process_time() - start - built:.1f}s CPU")
    for title, rows in (("WRONG", wrong), ("VETOED BUT RAN", vetoed), ("UNKNOWN", unknown[:40])):
        print(f"\n{title}")
        for row in rows:
            print(" ", row)


if __name__ == "__main__":
    main(*sys.argv[1:3])

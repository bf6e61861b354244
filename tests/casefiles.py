r"""Before/after cases, one Markdown file each: `tests/cases/*.md`, `tests/behaviour/projects/*.md`.

A file opens with a title and a few words. Then come sections; the text of each is a code block:

    ### options: --accept CODE      options of the run, as of the command
    ### before: shop/models.py      a file of the project
    ### after: shop/services.py     a file that the tool changes or makes, as it leaves it
    ### deleted: shop/signals.py    a file that the tool deletes (no code block)
    ### outcome                     what becomes of each receiver, and the codes that say why
    ### scenario                    Python that drives the project: see tests/behaviour
    ### differences                 what a scenario sees otherwise afterwards, by name
    ### equivalent                  mutants of the result that do the same: see tests/mutants.py

Files that are not shown after are untouched. Each folder of Python files is a package: an empty
`__init__.py` is there although it is not shown. The note `raw`, which every receiver without a
`raw` guard gets when it goes, is left out of the outcome.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from codemod.config import Config
from codemod.pipeline import Run, run
from codemod.plan.plan import Options
from codemod.report.summary import TITLES
from codemod.values.account import Decision

HERE = Path(__file__).parent
CASES = HERE / "cases"
PROJECTS = HERE / "behaviour" / "projects"

SECTION = re.compile(
    r"^### (?P<kind>before|after|outcome|scenario|differences|equivalent)(?:: (?P<path>\S+))?\n+"
    r"(?P<fence>`{3,})\w*\n(?P<text>.*?)^(?P=fence)$\n*",
    re.MULTILINE | re.DOTALL,
)
DELETED = re.compile(r"^### deleted: (\S+)\n*", re.MULTILINE)
OPTIONS = re.compile(r"^### options: (.+)\n*", re.MULTILINE)

SWITCHES = ("--no-tests", "--mixins")

Files = dict[str, str]


@dataclass(frozen=True)
class Case:
    """A case file, read."""

    path: Path
    words: str  # the title and what is said below it
    options: tuple[str, ...] = ()
    before: Files = field(default_factory=dict)
    after: Files = field(default_factory=dict)
    deleted: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    scenario: str = ""
    differences: tuple[str, ...] = ()
    equivalent: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's name, without its ending."""
        return self.path.stem

    @property
    def tree(self) -> Files:
        """The whole project, the empty `__init__.py` files included."""
        packages = {p.parent for p in map(PurePosixPath, self.before) if p.suffix == ".py"}
        packages |= {p for package in packages for p in package.parents}
        inits = {f"{package}/__init__.py": "" for package in packages if str(package) != "."}
        return {**inits, **self.before}

    @property
    def migrated(self) -> Files:
        """The whole project as it should be afterwards."""
        kept = {path: text for path, text in self.tree.items() if path not in self.deleted}
        return {**kept, **self.after}


def read(path: Path) -> Case:
    """Read a case file."""
    text = path.read_text("utf-8")
    case = Case(path, text[: text.index("\n### ")].strip())
    before: Files = {}
    after: Files = {}
    rest = text[len(case.words) :]
    for section in SECTION.finditer(text):
        kind, where, body = section["kind"], section["path"], section["text"]
        rest = rest.replace(section[0], "", 1)
        if kind == "before":
            before[where] = body
        elif kind == "after":
            after[where] = body
        elif kind == "scenario":
            case = replace(case, scenario=body)
        elif kind == "outcome":
            case = replace(case, outcome=tuple(body.splitlines()))
        elif kind == "equivalent":
            case = replace(case, equivalent=tuple(body.splitlines()))
        else:
            case = replace(case, differences=tuple(body.splitlines()))
    options = OPTIONS.search(text)
    rest = DELETED.sub("", OPTIONS.sub("", rest))
    if rest.strip():
        raise ValueError(f"{path}: not a section: {rest.strip()[:200]!r}")
    return replace(
        case,
        options=tuple(options[1].split()) if options else (),
        before=before,
        after=after,
        deleted=tuple(DELETED.findall(text)),
    )


def write(case: Case) -> str:
    """The text of a case file."""
    parts = [case.words]
    if case.options:
        parts.append(f"### options: {' '.join(case.options)}")
    parts += [_section(f"before: {path}", text) for path, text in case.before.items()]
    parts += [_section(f"after: {path}", text) for path, text in sorted(case.after.items())]
    parts += [f"### deleted: {path}" for path in case.deleted]
    parts.append(_section("outcome", "".join(f"{line}\n" for line in case.outcome), ""))
    for title, lines in (("differences", case.differences), ("equivalent", case.equivalent)):
        if lines:
            parts.append(_section(title, "".join(f"{line}\n" for line in lines), ""))
    if case.scenario:
        parts.append(_section("scenario", case.scenario))
    return "\n\n".join(parts) + "\n"


def _section(title: str, text: str, language: str = "python") -> str:
    fence = "````" if "```" in text else "```"
    if language and not title.endswith(".py") and title != "scenario":
        language = title.rpartition(".")[2]
    return f"### {title}\n{fence}{language}\n{text}{fence}"


def all_cases(folder: Path) -> list[Case]:
    """The cases of a folder, by name."""
    return [read(path) for path in sorted(folder.glob("*.md"))]


# Running the tool


def lay_out(files: Files, root: Path) -> Path:
    """Write a project's files into a new folder."""
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8", newline="")
    return root


def contents(root: Path) -> Files:
    """All files of a folder, hidden ones too."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes().decode("utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def migrate(root: Path, options: tuple[str, ...] = ()) -> Run:
    """Run the pipeline as `unsignal migrate` does."""
    given: dict[str, list[str]] = {"--accept": [], "--only": [], "--app": []}
    rest = [option for option in options if option not in SWITCHES]
    for option, value in zip(rest[::2], rest[1::2]):
        given[option].append(value)
    only, apps, accepted = given["--only"], given["--app"], given["--accept"]
    return run(
        root,
        Config(),
        Options(
            tuple(only),
            tuple(apps),
            frozenset(accepted),
            tests="--no-tests" not in options,
            mixins="--mixins" in options,
        ),
    )


def outcome(found: Run) -> tuple[str, ...]:
    """What became of each receiver: `shop.signals.index: delegating (possible-site)`."""
    return tuple(_fate(decision) for decision in found.plan.decisions)


def _fate(decision: Decision) -> str:
    codes = dict.fromkeys(reason.code for reason in decision.reasons)
    differences = dict.fromkeys(note.code for note in decision.notes if note.code != "raw")
    said = [*codes, *(f"differs: {code}" for code in differences)]
    line = f"{decision.receiver.name}: {TITLES[decision.fate]}"
    return f"{line} ({', '.join(said)})" if said else line


def updated(case: Case, found: Run) -> Case:
    """The case with what the tool makes of it now."""
    changes = sorted(found.changes, key=lambda change: change.path)
    return replace(
        case,
        after={c.path: c.after.decode("utf-8") for c in changes if c.after is not None},
        deleted=tuple(c.path for c in changes if c.after is None),
        outcome=outcome(found),
    )

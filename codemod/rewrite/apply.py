"""All edits of one file, applied in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libcst as cst

from codemod.rewrite.anchors import Parser, locate, parsed, restored
from codemod.rewrite.appending import append_all
from codemod.rewrite.errors import RewriteError
from codemod.rewrite.expansion import expanded
from codemod.rewrite.import_order import after_imports
from codemod.rewrite.imports import DEFAULT_LINE_LENGTH, Importer, importer
from codemod.rewrite.layout import Statement, at_least, has_comment, leading_blanks
from codemod.rewrite.orders import Orders
from codemod.rewrite.sections import Isort
from codemod.rewrite.transformer import Rewriter
from codemod.rewrite.unused import remove_unused
from codemod.values.edits import AddImport, Append, Edit, spans


def apply(
    text: str,
    edits: Sequence[Edit],
    *,
    module: str,
    is_package: bool,
    exported: frozenset[str] = frozenset(),
    first_party: frozenset[str] = frozenset(),
    line_length: int = DEFAULT_LINE_LENGTH,
    sources: Mapping[str, str] | None = None,
    like: str = "",
    below: int = 0,
    parser: Parser = parsed,
    isort: Isort | None = None,
) -> str:
    """The text of the file `module` after its edits.

    `exported` are names that other files import from it, `first_party` the project's top-level
    packages (guessed from the edits if there are none), `line_length` only decides when an
    import needs parentheses, `sources` are the texts, by path, that functions are moved from,
    `like` is a text whose imports and indentation a new file follows, from `below`
    packages further down; `parser` may remember texts; `isort` is what the
    project's settings say of the sections of imports.
    """
    if not edits:
        return text
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    adding = [edit for edit in edits if isinstance(edit, AddImport)]
    tree = locate(text, spans(edits), parser)
    model = locate(like, parser=parser) if like else None
    names = first_party, isort or Isort()
    style = importer(tree, adding, module, is_package, names, line_length, model, below)
    edits = expanded(edits, sources or {}, style, parser)
    orders = Orders()
    orders.file(edits, tree)
    newline = tree.module.default_newline
    try:
        result = tree.module.visit(Rewriter(orders, newline, tree.touched, style))
        result = result.with_changes(default_indent=style.indent)
        orders.finish()
        # Imports first: in a new file a comment on top of what is appended stays with it.
        result = _add_imports(result, adding, style)
        appended = [edit for edit in edits if isinstance(edit, Append)]
        result = append_all(result, appended, newline, style)
        result = _spaced(result, tree.module, style)
        code = restored(text, tree.code, result.code)
    except cst.CSTValidationError as error:
        raise RewriteError(f"the edits make no valid code: {error}") from error
    return mark + remove_unused(text, code, exported)


def _spaced(module: cst.Module, old: cst.Module, style: Importer) -> cst.Module:
    """The module with as many blank lines below its imports as the project tells isort, if it had
    them before."""
    count, index, before = style.sections.isort.after, after_imports(module.body), old.body
    below = before[after_imports(before) :] if after_imports(before) else ()
    if not index or index == len(module.body) or not count:
        return module
    if below and leading_blanks(below[0].leading_lines) < count:
        return module
    body: list[Statement] = [*module.body]
    body[index] = at_least(body[index], count)
    return module.with_changes(body=body)


def _add_imports(module: cst.Module, edits: Sequence[AddImport], style: Importer) -> cst.Module:
    for edit in sorted(edits, key=lambda each: each.for_types):  # a real one serves types, too
        if edit.local_to is None:
            if not module.body:
                module = module.with_changes(has_trailing_newline=True)
            module = style.add_top(module, edit)
            if len(module.body) == 1 and has_comment(module.header):
                only: Statement = module.body[0]
                module = module.with_changes(body=[at_least(only, 1)])
    return module

"""Edits that stand for others: functions from other files, classes for bare registrations.

What several sites add to one method is put together here too (see `merging`).
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import libcst as cst

from codemod.rewrite.anchors import Parser
from codemod.rewrite.errors import RewriteError
from codemod.rewrite.extract import extract
from codemod.rewrite.imports import Importer
from codemod.rewrite.merging import joined_methods, merged
from codemod.values.edits import AddImport, Append, Edit, Move, NewClass, Replace


def expanded(
    edits: Sequence[Edit], sources: Mapping[str, str], style: Importer, parser: Parser
) -> list[Edit]:
    """The edits without moves and new classes, which become appends and replacements; joined."""
    result: list[Edit] = []
    new = [edit for edit in edits if isinstance(edit, NewClass)]
    for edit in edits:
        if isinstance(edit, Move):
            result.append(Append(_moved(edit, sources, style, parser), edit.after_imports))
        elif not isinstance(edit, NewClass):
            result.append(edit)
    for anchor in dict.fromkeys(edit.anchor for edit in new):
        here = [edit for edit in new if edit.anchor == anchor]
        result.append(Replace(anchor, _code(here, style)))
    return merged(result)


def _moved(edit: Move, sources: Mapping[str, str], style: Importer, parser: Parser) -> str:
    text = sources.get(edit.source)
    if text is None:
        raise RewriteError(f"{edit.source} is needed for {edit.name}")
    return _importing(extract(text, edit, parser), edit.imports, style)


def _importing(code: str, imports: Sequence[AddImport], style: Importer) -> str:
    """A function with imports as its first statements."""
    if not imports:
        return code
    module = cst.parse_module(code)
    body = style.add_to_all([cst.ensure_type(module.body[0], cst.FunctionDef)], imports)
    return module.with_changes(body=body).code


def _code(edits: Sequence[NewClass], style: Importer) -> str:
    leaving = {edit.element for edit in edits}
    left = [element for element in edits[0].elements if element not in leaving]
    # The classes in the order in which the models were registered.
    order = {element: index for index, element in enumerate(edits[0].elements)}
    ranked = sorted(edits, key=lambda edit: order.get(edit.element, len(order)))
    classes = [
        _class([edit for edit in ranked if edit.header == header], style)
        for header in dict.fromkeys(edit.header for edit in ranked)
    ]
    if left:
        models = left[0] if len(left) == 1 else f"[{', '.join(left)}]"
        classes.insert(0, f"{edits[0].register}({models})")
    return "\n\n\n".join(classes) + "\n"


def _class(edits: Sequence[NewClass], style: Importer) -> str:
    bodies: list[str] = []
    for method in joined_methods([edit.method for edit in edits]):
        head = method.partition("(")[0]
        same = (edit.imports for edit in edits if edit.method.startswith(f"{head}("))
        imports = dict.fromkeys(wanted for each in same for wanted in each)
        code = _importing(method.strip("\n"), (*imports,), style).strip("\n")
        bodies.append(textwrap.indent(code, "    "))
    return edits[0].header.rstrip() + "\n" + "\n\n".join(bodies)

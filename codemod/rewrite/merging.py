"""Edits of several sites that meet in one place: one method, one guard, one loop.

  def save_formset(...):                 def save_formset(...):
      super().save_formset(...)              super().save_formset(...)
      if formset.model is Line:              if formset.model is Line:
          for line in lines:                     for line in lines + formset.deleted_objects:
              update_total(line)      ->             update_total(line)
+ def save_formset(...):
      super().save_formset(...)
      if formset.model is Line:
          for line in formset.deleted_objects:
              update_total(line)
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from codemod.rewrite.errors import RewriteError
from codemod.values.edits import AddMethod, Edit, Insert, Where
from codemod.values.span import Span

_GUARD = re.compile(r"if [\w.]+\.model is [\w.]+:")
_LOOP = re.compile(r"for (?P<item>\w+) in (?P<objects>.+):")
_NAMED = re.compile(r"\w+ = ")
# What a formset keeps in lists: two loops over such may become one.
_LISTS = re.compile(r"(\w+\.)*deleted_objects|deleted")


def merged(edits: Sequence[Edit]) -> list[Edit]:
    """The edits with those joined that add one method to a class, or follow one statement."""
    result: list[Edit] = []
    named: set[tuple[Span, str]] = set()  # values above their statements
    for edit in edits:
        if isinstance(edit, AddMethod):
            _join_method(result, edit)
        elif isinstance(edit, Insert) and edit.where is Where.AFTER:
            _join_insert(result, edit)
        elif isinstance(edit, Insert) and _NAMED.match(edit.code):
            # Two sites may name one value, which is made once: `Order.objects.create().save()`.
            if (edit.anchor, edit.code) not in named:
                result.append(edit)
            if edit.where is Where.ABOVE:
                named.add((edit.anchor, edit.code))
        else:
            result.append(edit)
    return result


def _join_method(result: list[Edit], edit: AddMethod) -> None:
    for index, other in enumerate(result):
        if not isinstance(other, AddMethod) or other.anchor != edit.anchor:
            continue
        if other.code != edit.code and _head(other.code) == _head(edit.code):
            code = _joined_methods(other.code, edit.code, edit.anchor.line)
            imports = dict.fromkeys((*other.imports, *edit.imports))
            result[index] = AddMethod(edit.anchor, code, edit.before, (*imports,))
            return
        if other.code == edit.code:
            return
    result.append(edit)


def _join_insert(result: list[Edit], edit: Insert) -> None:
    for index in range(len(result) - 1, -1, -1):
        other = result[index]
        if isinstance(other, Insert) and (other.anchor, other.where) == (edit.anchor, edit.where):
            blocks, more = _blocks(other.code.split("\n")), _blocks(edit.code.split("\n"))
            joined = _joined_blocks(blocks[-1], more[0])
            if joined is not None:
                lines = [line for block in (*blocks[:-1], joined, *more[1:]) for line in block]
                result[index] = Insert(edit.anchor, "\n".join(lines), edit.where)
                return
            break
    result.append(edit)


def _head(code: str) -> list[str]:
    """The lines up to the `def` of a method."""
    lines = code.split("\n")
    ends = [i for i, line in enumerate(lines) if line.startswith(("def ", "async def "))]
    return lines[: ends[0] + 1] if ends else lines


# Methods whose object is the same for all who add to them.
_OF_ONE_OBJECT = ("_save_m2m", "save_related", "create", "update")


def joined_methods(methods: Sequence[str]) -> list[str]:
    """The methods of a new class, those of one name as one."""
    found: dict[str, str] = {}
    for code in dict.fromkeys(methods):
        head = _head(code)[-1]
        found[head] = _joined_methods(found[head], code, 0) if head in found else code
    return list(found.values())


def _joined_methods(first: str, second: str, line: int) -> str:
    """One method that does what both do around the `super()` call that they share."""
    head = _head(first)
    bodies = [
        textwrap.dedent("\n".join(code.split("\n")[len(head) :])).split("\n")
        for code in (first, second)
    ]
    block = _shared_block(*bodies)
    if block is not None:
        bodies = [
            textwrap.dedent("\n".join(body[1 : len(body) - len(block[1])])).split("\n")
            for body in bodies
        ]
    parts = []
    for body in bodies:
        calls = [i for i, text in enumerate(body) if f"super().{_name(head)}(" in text]
        if len(calls) != 1 or body[calls[0]].startswith((" ", "return ")):
            raise RewriteError("two methods of one name can't be joined", line)
        after = body[calls[0] + 1 :]
        result = after.pop() if after and after[-1].startswith("return ") else None
        parts.append((body[: calls[0]], body[calls[0]], after, result))
    (before, call, after, result), (before_2, call_2, after_2, result_2) = parts
    separate = _name(head) in _OF_ONE_OBJECT or all(
        _GUARD.fullmatch(b[0]) for part in parts for b in _blocks([*part[0], *part[2]])
    )
    if call != call_2 or result != result_2 or not separate:
        # Unguarded, the work for one model would run for the objects of the other.
        raise RewriteError("two methods of one name can't be joined", line)
    body = [*_join(before, before_2), call, *_join(after, after_2), *([result] if result else [])]
    if block is not None:
        header, end = block
        body = [header, *(f"    {text}" if text else "" for text in body), *end]
    return "\n".join([*head, *(f"    {text}" if text else "" for text in body)])


def _shared_block(first: list[str], second: list[str]) -> tuple[str, list[str]] | None:
    """The `with` that holds all of both bodies, and what they return below it."""
    blocks = [_blocks(body) for body in (first, second)]
    if not all(b[0][0].startswith("with ") for b in blocks):
        return None
    ends = [[line for block in b[1:] for line in block] for b in blocks]
    same = first[0] == second[0] and ends[0] == ends[1]
    return (first[0], ends[0]) if same and all(x.startswith("return ") for x in ends[0]) else None


def _name(head: list[str]) -> str:
    return head[-1].partition("def ")[2].partition("(")[0]


def _join(first: list[str], second: list[str]) -> list[str]:
    """Lines after lines; a guard or loop that both have at the seam is written once."""
    blocks, more = _blocks(first), _blocks(second)
    if blocks and more:
        joined = _joined_blocks(blocks[-1], more[0])
        if joined is not None:
            blocks, more = [*blocks[:-1], joined], more[1:]
    return [line for block in (*blocks, *more) for line in block]


def _joined_blocks(first: list[str], second: list[str]) -> list[str] | None:
    head, other = first[0], second[0]
    inner, rest = (textwrap.dedent("\n".join(b[1:])).split("\n") for b in (first, second))
    if head == other and _GUARD.fullmatch(head):
        return [head, *(f"    {line}" for line in _join(inner, rest))]
    one, two = _LOOP.fullmatch(head), _LOOP.fullmatch(other)
    if one and two and one["item"] == two["item"] and inner == rest:
        if _LISTS.fullmatch(two["objects"]):
            return [f"for {one['item']} in {one['objects']} + {two['objects']}:", *first[1:]]
    return None


def _blocks(lines: list[str]) -> list[list[str]]:
    """The lines by statement: each with what is indented under it."""
    blocks: list[list[str]] = []
    for line in lines:
        if blocks and (not line or line.startswith(" ")):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks

"""Names exchanged inside a function, where they mean the function's own variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import libcst as cst

from codemod.rewrite.errors import RewriteError

Node = cst.CSTNode
Names = Mapping[str, str]


def rename(function: cst.FunctionDef, names: Names) -> cst.FunctionDef:
    """The function with its variables renamed in the body; parameters are not touched."""
    found: set[Node] = set()
    _search(function.body, names, found)
    return cst.ensure_type(function.visit(_Renamer(found, names)), cst.FunctionDef)


class _Renamer(cst.CSTTransformer):
    def __init__(self, found: set[Node], names: Names) -> None:
        super().__init__()
        self._found, self._names = found, names

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        if original_node not in self._found:
            return updated_node
        return updated_node.with_changes(value=self._names[original_node.value])


def _search(node: Node, names: Names, found: set[Node]) -> None:
    """Collect the `Name` nodes that mean one of the names, scope by scope."""
    if not names:
        return
    if isinstance(node, cst.Name):
        if node.value in names:
            found.add(node)
    elif isinstance(node, (cst.Attribute, cst.Arg)):
        _search(node.value, names, found)
    elif isinstance(node, cst.MatchKeywordElement):
        _search(node.pattern, names, found)
    elif isinstance(node, (cst.Import, cst.ImportFrom, cst.Global, cst.Nonlocal)):
        return
    elif isinstance(node, cst.Lambda):
        _search_defaults(node.params, names, found)
        _search(node.body, _inner(node.body, set(_parameters(node.params)), names), found)
    elif isinstance(node, cst.FunctionDef):
        for decorator in node.decorators:
            _search(decorator, names, found)
        _search_defaults(node.params, names, found)
        bound = {*_parameters(node.params), *_bound(node.body)} - set(_outer(node.body))
        _search(node.body, _inner(node.body, bound, names), found)
    elif isinstance(node, cst.ClassDef):
        for part in (*node.decorators, *node.bases, *node.keywords):
            _search(part, names, found)
        _search(node.body, _inner(node.body, set(_bound(node.body)), names), found)
    elif isinstance(node, (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)):
        # The first iterable is evaluated in the scope around.
        _search(node.for_in.iter, names, found)
        bound = set(_loop_targets(node.for_in))
        inner = _inner(node, bound, names)
        for child in node.children:
            if child is not node.for_in:
                _search(child, inner, found)
        for child in node.for_in.children:
            if child is not node.for_in.iter:
                _search(child, inner, found)
    else:
        for child in node.children:
            _search(child, names, found)


def _inner(body: Node, bound: set[str], names: Names) -> Names:
    """What is still to be renamed inside a scope that binds these names."""
    inner = {old: new for old, new in names.items() if old not in bound}
    for old, new in inner.items():
        if new in bound and any(isinstance(n, cst.Name) and n.value == old for n in _walk(body)):
            raise RewriteError(f"{new} has another meaning where {old} is used")
    return inner


def _search_defaults(params: cst.Parameters, names: Names, found: set[Node]) -> None:
    for param in _params(params):
        for part in (param.default, param.annotation):
            if part is not None:
                _search(part, names, found)


def _params(params: cst.Parameters) -> Iterator[cst.Param]:
    yield from params.posonly_params
    yield from params.params
    yield from params.kwonly_params
    for star in (params.star_arg, params.star_kwarg):
        if isinstance(star, cst.Param):
            yield star


def _parameters(params: cst.Parameters) -> Iterator[str]:
    return (param.name.value for param in _params(params))


def _loop_targets(loop: cst.CompFor | None) -> Iterator[str]:
    while loop is not None:
        yield from _targets(loop.target)
        loop = loop.inner_for_in


def _targets(target: Node) -> Iterator[str]:
    """The names that an assignment to the target binds."""
    if isinstance(target, cst.Name):
        yield target.value
    elif isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from _targets(element.value)


def _bound(node: Node) -> Iterator[str]:
    """The names that a scope binds, nested scopes not included."""
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
        yield node.name.value
        return
    if isinstance(node, cst.Lambda):
        return
    if isinstance(node, (cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.For, cst.NamedExpr)):
        yield from _targets(node.target)
    elif isinstance(node, cst.AsName):
        yield from _targets(node.name)
    elif isinstance(node, cst.ImportAlias) and node.asname is None:
        yield node.evaluated_name.partition(".")[0]
    elif isinstance(node, (cst.MatchAs, cst.MatchStar)) and node.name is not None:
        yield node.name.value
    for child in node.children:
        yield from _bound(child)


def _outer(node: Node) -> Iterator[str]:
    """The names that a scope declares to be those of the scope around."""
    for child in _walk(node):
        if isinstance(child, cst.Nonlocal):
            yield from (item.name.value for item in child.names)


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)

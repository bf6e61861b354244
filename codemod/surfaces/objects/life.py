"""What may happen to the object of a name before it is saved.

order = Order.objects.get(pk=pk)      its life begins
if gone:
    order.delete()                    not in this life: the block leaves
    return
clean_up()                            in it
order.save()                          and here is the save that is asked about
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from codemod.facts.nodes import LOOPS
from codemod.facts.tables import CallSite, Scope
from codemod.project.types.flow import reaching
from codemod.project.types.order import loops_around, may_follow


@dataclass(frozen=True)
class Life:
    """The time from when an expression got its object to a call that saves it."""

    call: CallSite
    saved: ast.expr

    @cached_property
    def scope(self) -> Scope:
        """The function that the call stands in; what is not in one is in the module."""
        return self.call.scope.function() or self.call.scope

    @cached_property
    def begins(self) -> int:
        """The first line on which it may have got the object."""
        text = ast.unparse(self.saved)
        stored = [
            store.target.lineno
            for store in self.scope.stores
            if isinstance(self.saved, ast.Attribute) and ast.unparse(store.target) == text
            if store.target.lineno <= self.call.node.lineno
        ]
        if stored:
            return max(stored)
        lines = []
        for node in ast.walk(self.saved):
            bound = self.call.scope.bindings.get(getattr(node, "id", ""), [])
            if isinstance(node, ast.Name) and bound:
                reached = reaching(node.id, self.call.scope, bound, self.call.node)
                lines += [getattr(b.node, "lineno", 0) for b in reached.bindings]
        return min((line for line in lines if line <= self.call.node.lineno), default=0)

    def may_have(self, event: ast.expr) -> bool:
        """Whether something may happen in it by its line alone, which is told soon."""
        straight = self.begins < event.lineno <= (self.call.node.end_lineno or 0)
        return straight or any(isinstance(around, LOOPS) for around in self.call.compounds)

    def has(self, event: ast.expr, *, of_itself: bool = False) -> bool:
        """Whether something of the same function may happen in it; `of_itself`: to the very object
        that the name stands for then, which is another one in each round of a loop over objects.
        """
        owner = self.scope.node
        if self.begins < event.lineno and may_follow(owner, event, self.call.node):
            return True
        return any(
            self.begins < loop.lineno
            or (self.begins == loop.lineno and not (of_itself and isinstance(loop, LOOPS)))
            for loop in loops_around(owner, event, self.call.node)
        )

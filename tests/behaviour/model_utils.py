"""The tracker of django-model-utils before 4.1, in short: it wraps `save()` as a whole.

The releases of that time don't run on the Django of today.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps
from typing import Any


class _State:
    """What a tracker knows of one object."""

    def __init__(self, instance: Any, fields: Iterable[str]) -> None:
        self.instance = instance
        self.fields = set(fields)
        self.saved: dict[str, Any] = {}

    def reset(self, fields: Iterable[str] | None) -> None:
        for name in self.fields if fields is None else self.fields & set(fields):
            self.saved[name] = self.instance.__dict__.get(name)

    def previous(self, name: str) -> Any:
        return self.saved.get(name)

    def has_changed(self, name: str) -> bool:
        return bool(self.previous(name) != self.instance.__dict__.get(name))


class FieldTracker:
    """`tracker = FieldTracker(fields=["state"])`"""

    def __init__(self, fields: Iterable[str]) -> None:
        self.fields = set(fields)

    def contribute_to_class(self, cls: Any, name: str) -> None:
        self.attribute = f"_{name}"
        setattr(cls, name, self)
        init, save = cls.__init__, cls.save

        @wraps(init)
        def starting(instance: Any, *args: Any, **kwargs: Any) -> None:
            init(instance, *args, **kwargs)
            state = _State(instance, self.fields)
            state.reset(None if instance.pk is not None else ())
            setattr(instance, self.attribute, state)

        @wraps(save)
        def saving(instance: Any, *args: Any, **kwargs: Any) -> Any:
            result = save(instance, *args, **kwargs)
            getattr(instance, self.attribute).reset(kwargs.get("update_fields"))
            return result

        cls.__init__, cls.save = starting, saving

    def __get__(self, instance: Any, owner: Any) -> Any:
        return self if instance is None else getattr(instance, self.attribute)

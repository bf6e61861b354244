"""Settings: `[tool.unsignal]` of the target's pyproject.toml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codemod.source.bounded import read_text
from codemod.source.files import SourceError
from codemod.source.toml import parse

FILE = "pyproject.toml"


class ConfigError(Exception):
    """A setting that can't be used; the message names the file."""


@dataclass(frozen=True)
class Config:
    """What a project may set."""

    exclude: tuple[str, ...] = ()  # patterns of files to leave alone
    accept: frozenset[str] = frozenset()  # codes that need not block
    types: str | None = None  # a type checker to ask besides the rules: "pyrefly"


def read_config(root: Path) -> Config:
    """The settings of a project. Raises ConfigError."""
    path = root / FILE
    try:
        tables = parse(read_text(root, FILE) or "").get("tool", {})
        tool = tables.get("unsignal", {}) if isinstance(tables, dict) else {}
    except SourceError as error:
        raise ConfigError(f"{path}: {error.message}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    if not isinstance(tool, dict) or not isinstance(tables, dict):
        raise ConfigError(f"{path}: tool.unsignal must be a table")
    unknown = sorted(set(tool) - {"exclude", "accept", "types"})
    if unknown:
        raise ConfigError(f"{path}: unknown setting tool.unsignal.{unknown[0]}")
    types = tool.get("types")
    if types not in (None, "pyrefly"):
        raise ConfigError(f'{path}: tool.unsignal.types can only be "pyrefly"')
    accept = frozenset(_strings(path, tool, "accept"))
    return Config(_strings(path, tool, "exclude"), accept, types)


def _strings(path: Path, tool: dict[str, Any], name: str) -> tuple[str, ...]:
    value = tool.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{path}: tool.unsignal.{name} must be a list of strings")
    return tuple(value)

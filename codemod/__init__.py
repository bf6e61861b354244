"""unsignal: from Django's ORM signals to explicit service functions."""

from __future__ import annotations

__version__ = "0.1.0"

"""Edits become text: LibCST parses only the files that change."""

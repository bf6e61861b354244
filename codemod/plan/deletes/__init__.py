"""Deletes: what goes along without a line of its own, and what may be refused."""

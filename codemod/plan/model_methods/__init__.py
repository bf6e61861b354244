"""Work that goes into a model's own `save()` or `delete()`, which its objects pass."""

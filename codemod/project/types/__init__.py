"""The type of an expression: which model `x` is in `x.save()`, by Django-aware rules."""

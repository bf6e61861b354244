"""Reading Python text of any version."""

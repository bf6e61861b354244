"""Models and pages of packages, which save and delete without a line of the project."""

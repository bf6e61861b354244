"""The frozen values that travel between the rooms. They import nothing of the package."""

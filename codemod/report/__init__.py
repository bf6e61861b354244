"""What the user gets to read: the diff and the other formats."""

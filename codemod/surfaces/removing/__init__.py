"""What deletes share: their children, their conditions, what is kept of the rows."""

"""What changes of many-to-many relations share."""

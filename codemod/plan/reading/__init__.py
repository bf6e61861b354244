"""What a handler does: read off its code, without running it."""

"""What is known of an object at its save: whether it is new, has a key, has a row."""

"""What comes along, and what changes its meaning, where code moves to another module."""

"""What becomes of the places that receivers leave."""

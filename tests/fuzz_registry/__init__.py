"""Generated registrations, held against what Django itself has connected."""

"""The repository on disk: discovery, encodings, git, all-or-nothing writes."""

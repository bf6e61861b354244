"""One file's text, read into that file's facts."""

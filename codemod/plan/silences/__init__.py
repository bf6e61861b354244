"""Where all receivers of a signal are away for a while, past `disconnect()`."""

"""Where in the code a call goes."""

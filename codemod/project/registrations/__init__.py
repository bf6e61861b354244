"""How receivers get connected: from every form of registration to (signal, handler, sender)."""

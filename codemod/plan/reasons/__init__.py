"""Why a receiver stays, and what differs where it goes."""

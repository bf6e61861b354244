"""The functions that handlers become, and those that the plan writes beside them."""

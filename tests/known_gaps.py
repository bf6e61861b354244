"""What is known to be wrong, with the reason. A gap that is closed makes its test fail: it goes.

A case of `CASE_GAPS` shows the right result, which the tool misses today. The steps of
`BEHAVIOUR_GAPS` do something else after the migration, and should not.
"""

# By the name of a case of `tests/cases`.
CASE_GAPS: dict[str, str] = {
    "moving_along": "the blank line above a constant that moves is lost",
    "moving_out_of_a_package": "`__all__` keeps the name of a handler that is gone",
}

# By the name of a project of `tests/behaviour/projects`, and the step.
BEHAVIOUR_GAPS: dict[str, dict[str, str]] = {}

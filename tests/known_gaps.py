"""What is known to be wrong: each case shows the right result, which the tool misses today.

The tests expect these to fail, and fail themselves once one of them passes: then it goes.
"""

# By the name of a case of `tests/cases`.
CASE_GAPS: dict[str, str] = {}

# By the name of a project of `tests/behaviour/projects`, or of a case with a scenario.
BEHAVIOUR_GAPS: dict[str, str] = {}

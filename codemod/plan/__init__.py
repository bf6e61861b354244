"""What becomes of every receiver and every site, before a file is touched.

Here are the steps: `case` (one receiver), `work` (what a site calls), `decide` (who goes),
`account` (what each firing comes to), `edits` (the text that changes), `plan` (all of these in
turn). What the steps ask has its rooms: `reading` what a handler does, `silences` when it is
muted, `deletes`, `third_party` and `model_methods` where it is run from, `reasons` why it stays;
and `services`, `moving`, `retiring` what is written, what comes along, and what goes.
"""

"""What this run was told, and what it could not do."""

from __future__ import annotations

from codemod.values.codes import Code

RUN = (
    Code(
        "kept-by-comment",
        "Kept by a comment",
        "`# unsignal: keep` stands beside it or above it.",
        "# unsignal: keep",
        "Remove the comment.",
        final=True,
    ),
    Code(
        "not-selected",
        "Not selected",
        "--only or --app named other receivers.",
        "unsignal migrate --only index",
        "Run without the option.",
        final=True,
    ),
    Code(
        "unread-file",
        "A file that does not parse names the model",
        "It may save or delete its objects; nothing in it can be seen or rewritten.",
        "app/serializer.py: f-string: unmatched '['",
        "Run unsignal on the Python version that the project needs, or mend the file.",
    ),
    Code(
        "check-failed",
        "A check refused the result",
        "The changed files would not have been sound; this is a defect of the tool, please report it.",
        "undefined name",
        "The receiver is left as it is.",
        final=True,
    ),
)

"""The places in a function at which an expression can stand, as text.

`PRE` stands for what has to be made once, `SETUP` for what has to be made each time, `EXPR` for the
expression that fires. A context without SETUP takes only expressions that need none.
"""

from __future__ import annotations

CONTEXTS = {
    "statement": "PRE\nSETUP\nEXPR\nreturn name",
    "last": "PRE\nSETUP\nEXPR",
    "assigned": "PRE\nSETUP\nresult = EXPR\nreturn result",
    "returned": "PRE\nSETUP\nreturn EXPR",
    "argument": "PRE\nSETUP\nreturn show(EXPR)",
    "second_argument": "PRE\nSETUP\nreturn show(name, EXPR)",
    "after_a_call": "PRE\nSETUP\nreturn show(count(), EXPR)",
    "keyword": "PRE\nSETUP\nreturn show(value=EXPR)",
    "method_argument": "PRE\nfound = []\nfor name in names:\n    SETUP\n    found.append(EXPR)\nreturn found",
    "condition": "PRE\nSETUP\nif EXPR:\n    return 1\nreturn 2",
    "negated": "PRE\nSETUP\nif not EXPR:\n    return 1\nreturn 2",
    "second_condition": "PRE\nSETUP\nif flag and EXPR:\n    return 1\nreturn 2",
    "elif_condition": "PRE\nSETUP\nif flag:\n    return 0\nelif EXPR:\n    return 1\nreturn 2",
    "to_attribute": "PRE\nbox = Box()\nSETUP\nbox.value = EXPR\nreturn box.value",
    "to_subscript": 'PRE\nbox = {}\nSETUP\nbox["value"] = EXPR\nreturn box',
    "to_two": "PRE\nSETUP\nfirst = second = EXPR\nreturn first, second",
    "unpacked": "PRE\nSETUP\nfirst, second = EXPR, name\nreturn second",
    "annotated": "PRE\nSETUP\nresult: object = EXPR\nreturn result",
    "with": "PRE\nwith transaction.atomic():\n    SETUP\n    EXPR\nreturn name",
    "returned_in_with": "PRE\nwith transaction.atomic():\n    SETUP\n    return EXPR",
    "try": "PRE\ntry:\n    SETUP\n    EXPR\nexcept Exception as error:\n    return type(error).__name__\nreturn name",
    "returned_in_try": "PRE\ntry:\n    SETUP\n    return EXPR\nexcept ValueError:\n    return 0",
    "try_else": "PRE\ntry:\n    count()\nexcept ValueError:\n    return 0\nelse:\n    SETUP\n    EXPR\nreturn name",
    "except": "PRE\ntry:\n    int(name)\nexcept ValueError:\n    SETUP\n    EXPR\nreturn name",
    "finally": "PRE\ntry:\n    count()\nfinally:\n    SETUP\n    EXPR\nreturn name",
    "try_in_atomic": "PRE\nwith transaction.atomic():\n    try:\n        SETUP\n        EXPR\n    except Exception:\n        return 0\nreturn name",
    "loop": "PRE\nfor name in names:\n    SETUP\n    EXPR\nreturn name",
    "loop_with_else": "PRE\nfor name in names:\n    if name == \"b\":\n        continue\n    SETUP\n    EXPR\nelse:\n    count()\nreturn name",
    "loop_that_breaks": "PRE\nfor name in names:\n    SETUP\n    EXPR\n    if flag:\n        break\nreturn name",
    "while": "PRE\nwhile names:\n    name = names.pop()\n    SETUP\n    EXPR\nreturn name",
    "if": "PRE\nif flag:\n    SETUP\n    EXPR\nreturn name",
    "else": "PRE\nif flag:\n    count()\nelse:\n    SETUP\n    EXPR\nreturn name",
    "elif": "PRE\nif not name:\n    count()\nelif flag:\n    SETUP\n    EXPR\nelse:\n    pass\nreturn name",
    "conditional": "PRE\nSETUP\nresult = EXPR if flag else None\nreturn result",
    "returned_conditional": "PRE\nSETUP\nreturn EXPR if flag else None",
    "and": "PRE\nSETUP\nflag and EXPR\nreturn name",
    "or": "PRE\nSETUP\nreturn flag or EXPR",
    "first_of_or": "PRE\nSETUP\nreturn EXPR or flag",
    "walrus": "PRE\nSETUP\nif (result := EXPR) and flag:\n    return result\nreturn 2",
    "one_line_if": "PRE\nSETUP\nif flag: EXPR\nreturn name",
    "one_line_for": "PRE\nfor name in names: EXPR\nreturn name",
    "semicolon": "PRE\nSETUP\nlast = name; EXPR\nreturn last",
    "semicolon_after": "PRE\nSETUP\nEXPR; last = count()\nreturn name",
    "list": "PRE\nreturn [EXPR for name in names]",
    "set_of_names": "PRE\nresults = [show(EXPR) for name in names if name]\nreturn results",
    "dict": "PRE\nreturn {name: EXPR for name in names}",
    "generator": "PRE\nreturn list(EXPR for name in names)",
    "lambda": "PRE\nmake = lambda: EXPR\nreturn [make(), make()]",
    "nested": "PRE\n\ndef run():\n    SETUP\n    return EXPR\n\nreturn [run() for _ in names]",
    "nested_statement": "PRE\n\ndef run():\n    SETUP\n    EXPR\n\nrun()\nreturn name",
    "in_a_list": "PRE\nSETUP\nreturn [EXPR, name]",
    "in_a_dict": 'PRE\nSETUP\nreturn {"made": EXPR, "name": name}',
    "in_a_tuple": "PRE\nSETUP\nreturn name, EXPR",
    "subscripted": "PRE\nSETUP\nreturn [EXPR][0]",
    "compared": "PRE\nSETUP\nreturn EXPR is None",
    "formatted": 'PRE\nSETUP\nreturn f"{name} {EXPR}"',
    "asserted": "PRE\nSETUP\nassert EXPR is not False\nreturn name",
    "yielded": "PRE\nfor name in names:\n    SETUP\n    yield EXPR",
    "iterated": "PRE\nSETUP\nfor item in [EXPR]:\n    count()\nreturn name",
    "starred": "PRE\nSETUP\nreturn show(*[EXPR])",
    "match": "PRE\nSETUP\nmatch EXPR:\n    case None:\n        return 0\n    case _:\n        return 1",
    "on_commit": "PRE\nSETUP\ntransaction.on_commit(lambda: EXPR)\nreturn name",
    "raised": "PRE\nSETUP\nif flag:\n    raise LookupError(EXPR)\nreturn name",
    "added": "PRE\nSETUP\nfound = [name]\nfound += [EXPR]\nreturn found",
    "atomic_in_try": "PRE\ntry:\n    with transaction.atomic():\n        SETUP\n        EXPR\nexcept Exception as error:\n    return type(error).__name__\nreturn name",
    "suppressed": "PRE\nwith suppress(Exception), transaction.atomic():\n    SETUP\n    EXPR\nreturn name",
    "savepoint": "PRE\nwith transaction.atomic():\n    try:\n        with transaction.atomic():\n            SETUP\n            EXPR\n    except Exception:\n        count()\nreturn name",
    "atomic_function": "PRE\n\n@transaction.atomic\ndef run():\n    SETUP\n    return EXPR\n\nreturn [run() for _ in names]",
    "assigned_in_with": "PRE\nwith transaction.atomic():\n    SETUP\n    result = EXPR\nreturn result",
    "returned_before_finally": "PRE\ntry:\n    SETUP\n    return EXPR\nfinally:\n    count()",
    "loop_that_continues": "PRE\nfor name in names:\n    SETUP\n    if not flag:\n        continue\n    EXPR\nreturn name",
    "try_in_loop": "PRE\nfound = []\nfor name in names:\n    try:\n        SETUP\n        EXPR\n    except Exception:\n        found.append(name)\n        continue\n    found.append(count())\nreturn found",
    "loop_in_loop": "PRE\nfor name in names:\n    for _ in range(2):\n        SETUP\n        EXPR\n        break\nreturn name",
    "endless": "PRE\nwhile True:\n    SETUP\n    EXPR\n    if flag or not names:\n        break\n    name = names.pop()\nreturn name",
    "enumerated": "PRE\nfound = {}\nfor number, name in enumerate(names):\n    SETUP\n    found[number] = EXPR\nreturn found",
    "async_loop": "PRE\nasync for tag in Tag.objects.all():\n    name = tag.name\n    SETUP\n    EXPR\nreturn name",
    "mapped": "PRE\nreturn list(map(lambda name: EXPR, names))",
    "any": "PRE\nreturn any(EXPR for name in names)",
    "sorted_by": "PRE\nreturn sorted(names, key=lambda name: str(EXPR))",
    "lambda_in_a_dict": 'PRE\nmakers = {"make": lambda: EXPR}\nreturn makers["make"]()',
    "list_of_two": "PRE\nreturn [EXPR for name in names for _ in range(2)]",
    "filtered_list": "PRE\nreturn [EXPR for name in names if flag]",
    "method": "PRE\n\nclass Job:\n    def run(self):\n        SETUP\n        return EXPR\n\nreturn Job().run()",
    "commented": "PRE\nSETUP\n# First this.\nEXPR  # and then that\n# At last.\nreturn name",
    "augmented": "PRE\nSETUP\ntotal = 0\ntotal += bool(EXPR)\nreturn total",
    "with_a_method": "PRE\nSETUP\nreturn str(EXPR).upper()",
}  # fmt: skip


# Where no `await` can stand, or none with a transaction around it.
PLAIN = ("transaction.", "lambda", "def run", "yield", "(EXPR for", "suppress")


def fits(context: str, setup: tuple[str, ...], awaits: bool = False) -> bool:
    """Whether an expression that needs this set-up, or awaits, can stand there."""
    lines = CONTEXTS[context].splitlines()
    if awaits and any(text in CONTEXTS[context] for text in PLAIN):
        return False
    if "async " in CONTEXTS[context] and not awaits:
        return False
    if _opens_a_loop(setup):
        return any(line.strip() == "EXPR" for line in lines)
    return not setup or any(line.strip() == "SETUP" for line in lines)


def _opens_a_loop(setup: tuple[str, ...]) -> bool:
    return bool(setup) and setup[0].startswith(("for ", "async for "))


def write(context: str, pre: tuple[str, ...], setup: tuple[str, ...], expression: str) -> str:
    """The body of a function."""
    lines: list[str] = []
    for line in CONTEXTS[context].splitlines():
        space = line[: len(line) - len(line.lstrip())]
        if line.strip() == "PRE":
            lines += pre
        elif line.strip() == "SETUP":
            lines += [space + text for text in setup]
        elif line.strip() == "EXPR" and _opens_a_loop(setup):
            lines.append(f"{space}    {expression}")
        elif 'f"' in line:
            lines.append(line.replace("EXPR", expression.replace('"', "'")))
        else:
            lines.append(line.replace("EXPR", expression))
    return "\n".join(lines)

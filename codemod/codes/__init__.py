"""Every reason code: what it means, why it matters, the way out. One file for each kind."""

from __future__ import annotations

from codemod.codes.connections import CONNECTIONS
from codemod.codes.differences import DIFFERENCES
from codemod.codes.handlers import HANDLERS
from codemod.codes.hazards import HAZARDS
from codemod.codes.run import RUN
from codemod.codes.sites import SITES

CODES = {
    entry.code: entry for entry in (*CONNECTIONS, *HANDLERS, *SITES, *RUN, *DIFFERENCES, *HAZARDS)
}

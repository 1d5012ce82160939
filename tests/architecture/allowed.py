"""A contract for import-linter: what a room may import from outside the package."""

import sys
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowedContract(Contract):
    """Modules may import the listed packages and nothing else from outside.

    A list of what is forbidden forgets what nobody thought of. ``rooms``: packages, with all that
    is in them. ``allowed``: names of packages outside. ``standard_library``: whether all of the
    standard library is allowed as well.
    """

    rooms = fields.ListField(subfield=fields.StringField())
    allowed = fields.SetField(subfield=fields.StringField())
    standard_library = fields.BooleanField(required=False, default=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find every import of something else."""
        # A field describes the option to the base class, which puts the value in its place.
        rooms, known = cast("list[str]", self.rooms), set(cast("set[str]", self.allowed))
        known.add(rooms[0].partition(".")[0])
        if cast("bool", self.standard_library):
            known |= sys.stdlib_module_names
        found = [
            f"{module} imports {imported}"
            for room in rooms
            for module in sorted({room} | graph.find_descendants(room))
            for imported in sorted(graph.find_modules_directly_imported_by(module))
            if imported.partition(".")[0] not in known
        ]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print what was found."""
        for line in check.metadata["found"]:
            output.print_error(line)

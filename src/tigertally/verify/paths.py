"""Which paths are open to anybody."""

from collections.abc import Collection


class Paths:
    """Paths, and folders of paths."""

    def __init__(self, paths: Collection[str]) -> None:
        self._folders = tuple(path for path in paths if path.endswith("/"))
        self._single = frozenset(paths) - set(self._folders)

    def have(self, path: str) -> bool:
        """Tell whether a path is among them. One with dots or doubled slashes never is."""
        if "/." in path or "//" in path or "\\" in path:
            return False
        return path in self._single or path.startswith(self._folders)

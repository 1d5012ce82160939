"""Settings: read from the environment in this one room, validated before anything starts.

Each is an environment variable ``TALLY_<NAME>``; an unknown one is an error, because a misspelt
security setting is worse than none. Durations are seconds. A subject has a file of its own.
"""

from tigertally.settings.loading import load_settings
from tigertally.settings.whole import Settings

__all__ = ["Settings", "load_settings"]

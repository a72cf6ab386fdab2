"""The one error that is shown to people: no traceback, one sentence."""


class RegistryError(Exception):
    """Says where, what was found and what would be right, in the reader's words.

    Everything that is not a RegistryError is a bug and may crash loudly.
    """

    exit_code = 1


class UsageError(RegistryError):
    """A command was called with something missing or malformed."""

    exit_code = 2

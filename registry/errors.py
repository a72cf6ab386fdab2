"""The one error that is shown to people: no traceback, one sentence."""

from registry.language import Text


class RegistryError(Exception):
    """Says where, what was found and what would be right, in the reader's words.

    template: a text marked by N_, with the fields of `values`. `str()` puts it into the language
    of whoever reads it, on the command line always Chinese. Everything that is not a
    RegistryError is a bug and may crash loudly.
    """

    exit_code = 1

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template)
        self.text = Text(template, values)

    def __str__(self) -> str:
        return str(self.text)


class UsageError(RegistryError):
    """A command was called with something missing or malformed."""

    exit_code = 2

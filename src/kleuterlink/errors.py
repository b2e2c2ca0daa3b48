"""What can go wrong, as one tree.

::

    KleuterlinkError                 everything that kleuterlink raises on purpose
    |-- ConfigError                  the configuration names something that cannot be
    |-- InputError                   a register cannot be read
    |   |-- MissingColumnError       a mapped column is not in the file
    |   `-- DuplicateIdError         an id stands on more than one row of a register
    |-- RuleError                    a rule is asked for outside the years that are known
    |-- LinkageError                 the registers were read and could not be linked
    |   |-- NothingLinkedError       next to nothing links: headers, date format or population
    |   `-- TrainingError            the model could not be estimated and no fall-back applies
    `-- OutputError                  the outputs could not be written, or are not ours

Messages say what, where, the bound and the remedy. They name rows and columns, **never** a child's name, number or date.
"""

from __future__ import annotations


class KleuterlinkError(Exception):
    """Base of every error that kleuterlink raises on purpose."""


class ConfigError(KleuterlinkError):
    """The configuration names something that cannot be."""


class InputError(KleuterlinkError):
    """A register cannot be read."""


class MissingColumnError(InputError):
    """A mapped column is not in the file."""


class DuplicateIdError(InputError):
    """An id stands on more than one row of a register."""


class RuleError(KleuterlinkError):
    """A rule is asked for outside the years that are known."""


class LinkageError(KleuterlinkError):
    """The registers were read and could not be linked."""


class NothingLinkedError(LinkageError):
    """Next to nothing links: headers, date format or population."""


class TrainingError(LinkageError):
    """The model could not be estimated and no fall-back applies."""


class OutputError(KleuterlinkError):
    """The outputs could not be written, or are not kleuterlink's."""

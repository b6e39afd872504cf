"""Everything that can go wrong and is the person's to know. Each message is one sentence that names the remedy.

HomegrownError
├── BadInput            exit 2   what was given cannot be used
│   └── Gone            exit 2   the reply, adapter, person or row named is not there (any more)
├── Refused             exit 3   the exam refused
├── NothingToLearn      exit 4   nothing new since the last night
│   └── TooFew          exit 4   not enough new corrections yet
├── Locked              exit 5   a key or passphrase is missing
├── Deferred            exit 6   power, RAM, disk, or another night running
└── Trouble             exit 2   the machine or a file is in the way
    ├── EngineDied               the engine process broke off or hung
    ├── OutOfMemory              the learner was refused memory, or ended for want of it
    ├── ModelUnusable            the model file is missing, cut short or foreign
    └── StorageTrouble           the home folder cannot be read or written
        ├── LeftOver             what was asked is done, but something of before is still on the disk
        └── NothingSound         nothing of a journal is sound any more
"""

from __future__ import annotations


class HomegrownError(Exception):
    """Base of all errors that a person may read. Catch it at the edges: a page handler, the command line."""

    exit_code = 1


class BadInput(HomegrownError):
    exit_code = 2


class Gone(BadInput):
    pass


class Refused(HomegrownError):
    exit_code = 3


class NothingToLearn(HomegrownError):
    exit_code = 4


class TooFew(NothingToLearn):
    pass


class Locked(HomegrownError):
    exit_code = 5


class Deferred(HomegrownError):
    exit_code = 6


class Trouble(HomegrownError):
    exit_code = 2


class EngineDied(Trouble):
    pass


class OutOfMemory(Trouble):
    pass


class ModelUnusable(Trouble):
    pass


class StorageTrouble(Trouble):
    pass


class LeftOver(StorageTrouble):
    pass


class NothingSound(StorageTrouble):
    pass

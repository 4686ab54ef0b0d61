"""Feedback on an exercise: what you should have returned, what you
returned, and the likely mistake.

    check.huber_gradient(my_function)

tries the learner's answer on cases that the learner has not seen, and
answers in a sentence. It never raises, because an exception in the
learner's code is part of the answer. `guard` says what an answer cannot do,
and what can not be prevented.

Each chapter has a module here with the chapter's name, and all exercises
are found in `check` itself.
"""

from importlib import import_module
from pkgutil import iter_modules

from .exercise import Exercise, Feedback

__all__ = ["Exercise", "Feedback"]


def _exercises():
    for module in iter_modules(__path__):
        things = vars(import_module(f"{__name__}.{module.name}"))
        yield from ((name, thing) for name, thing in things.items() if isinstance(thing, Exercise))


for _name, _exercise in list(_exercises()):
    if _name in __all__:
        raise ImportError(f"Two chapters have an exercise named {_name!r}; rename one of them.")
    globals()[_name] = _exercise
    __all__.append(_name)
del _name, _exercise

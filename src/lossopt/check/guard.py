"""Run the code of a learner so that it can neither hang, nor end, nor
change what comes after it.
"""

import io
import os
import signal
import sys
import threading
import warnings
from contextlib import suppress
from random import getstate, setstate, uniform
from time import monotonic

import numpy as np

GRACE = 0.2  # seconds in which an answer that was stopped can leave its `with` and `finally` in peace
SHOWN = 10_000  # characters of what an answer prints
# The modules that a check depends on, so that an answer that overwrites np.mean does no harm.
SHARED = (
    "builtins",
    "copy",
    "inspect",
    "lossopt",
    "math",
    "numpy",
    "os",
    "random",
    "signal",
    "sys",
    "warnings",
)


class Refused(Exception):
    """Carry the feedback on an answer that gives nothing to compare."""


class TooLong(BaseException):
    """Stop an answer that takes too long. No Exception, so that a learner's
    `except Exception` lets it through."""


class Interrupted(KeyboardInterrupt):
    """Tell a real Ctrl-C from a KeyboardInterrupt that an answer raises."""


class _Beginning(io.StringIO):
    """Keep the beginning of what an answer prints, which may not end, and stay
    open if the answer closes it."""

    def write(self, text):
        return super().write(text[: SHOWN - self.tell()])

    def close(self):
        pass


def guarded(work, seconds):
    """Return what `work` returns, or raise `Refused` or `TooLong`, and put
    back what it changed for everybody.

    The prints of the learner's code are shown when it ends, before the
    feedback. After so many seconds an alarm raises `TooLong` in it. If the code
    catches that, the alarm rings again and again, at irregular intervals, until
    it rings outside of a `try`. Some things cannot be prevented:

    - Python looks at an alarm between two of its own instructions. A call that stays in C, such as
      sum(range(10**12)), ends first.
    - Code that switches the alarm off is not stopped, and a loop in several `try` around each other may go on.
    - Windows has no alarm, and threads other than the main one are not interrupted.
    - os._exit, a notebook's exit(), a crash in C and a full memory end the kernel. A thread outlives the check.
    - `check.name.answer` shows the right answer, because a check gives feedback and is not an examination.
    """
    here, stopped = sys._getframe(), False
    set_handler, set_timer, alarm = signal.signal, getattr(signal, "setitimer", None), None

    def stop(_, frame):
        nonlocal stopped
        if frame is not here:  # which puts things back, and must not be disturbed
            set_timer(signal.ITIMER_REAL, uniform(1e-5, 1e-4) if stopped else GRACE)
            stopped = True
            raise TooLong

    def interrupt(*_):
        raise Interrupted

    main = threading.current_thread() is threading.main_thread()
    names = [
        (vars(module), vars(module).copy())
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in SHARED
    ]
    depth, dice, folder = sys.getrecursionlimit(), getstate(), "."
    numpy_dice = np.random.get_state()  # noqa: NPY002
    with suppress(OSError):  # the folder may have been deleted
        folder = os.getcwd()
    streams, printed = (sys.stdout, sys.stderr), (_Beginning(), _Beginning())
    with np.errstate(), warnings.catch_warnings():
        try:
            sys.stdout, sys.stderr = printed
            ctrl_c = main and signal.getsignal(signal.SIGINT)
            if ctrl_c is signal.default_int_handler:
                set_handler(signal.SIGINT, interrupt)
            if main and set_timer:
                alarm = (
                    set_handler(signal.SIGALRM, stop),
                    monotonic(),
                    *set_timer(signal.ITIMER_REAL, seconds),
                )
            return _answered(work)
        finally:
            for now, before in names:
                now.update(before)
            if alarm:
                handler, start, left, interval = alarm
                set_timer(signal.ITIMER_REAL, 0)
                set_handler(signal.SIGALRM, handler)
                set_timer(signal.ITIMER_REAL, left and max(left + start - monotonic(), 1e-6), interval)
            if ctrl_c is signal.default_int_handler:
                set_handler(signal.SIGINT, ctrl_c)
            sys.setrecursionlimit(depth)
            setstate(dice)
            np.random.set_state(numpy_dice)  # noqa: NPY002
            with suppress(OSError):
                os.chdir(folder)
            for stream, text in zip(streams, printed, strict=True):
                with suppress(Exception):
                    stream.write(text.getvalue() + "…\n" * (text.tell() >= SHOWN))


def _answered(work):
    """Return what `work` returns, and raise `Refused` for all that it raises,
    except an alarm and Ctrl-C."""
    try:
        return work()
    except (Refused, TooLong, Interrupted):
        raise
    except BaseException as error:
        raise Refused(f"Not yet: your code raised {_shown(error)}") from None


def _shown(error):
    """Return an exception's name and message, with a word if it does not help
    a beginner."""
    try:
        told = f"{type(error).__name__}: {error}"[:300].rstrip(".: ") + "."
    except (TooLong, Interrupted):
        raise
    except BaseException:
        return "an exception that cannot be shown."
    if "truth value of an array" in told:
        told += " Your function gets whole arrays: use np.where, np.maximum or np.clip instead of if and max."
    return told

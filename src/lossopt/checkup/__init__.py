"""Examine a reader's own training: before it starts, while it runs, and from its log.

>>> from lossopt import checkup
"""

from .before import before
from .report import Finding, Report

__all__ = ["Finding", "Report", "before"]

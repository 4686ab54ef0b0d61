"""Run the notebooks as three other machines would: `make test-portable`, or `python tests/portable.py [notebooks…]`.

The variables make oneDNN (below TensorFlow), OpenBLAS and NumPy compute as on an older processor, or on one thread.
"""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

ROOT = Path(__file__).parents[1]

MACHINES = {
    "a processor without AVX-512": {"ONEDNN_MAX_CPU_ISA": "AVX2", "OPENBLAS_CORETYPE": "Haswell"},
    "a processor without AVX": {
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "OPENBLAS_CORETYPE": "Nehalem",
        # All that this NumPy has variants for and this processor has; naming any other would warn.
        "NPY_DISABLE_CPU_FEATURES": " ".join(name for name in __cpu_dispatch__ if __cpu_features__[name]),
    },
    "one thread": {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
    },
}


def why_not(machine):
    """Say why this machine cannot compute as that one, or nothing where it can."""
    if "ONEDNN_MAX_CPU_ISA" not in MACHINES[machine]:
        return ""
    if platform.machine() not in ("x86_64", "AMD64"):
        return f"this processor is {platform.machine()}, the variables are for x86-64"
    return "" if __cpu_features__["AVX2"] else "this processor has no AVX2 to leave out"


def run(machine, notebooks, **options):
    """Run pytest on the notebooks as `machine` would."""
    command = [sys.executable, "-m", "pytest", "-q", "-c", ROOT / "pyproject.toml", *notebooks]
    return subprocess.run(command, env=os.environ | MACHINES[machine], **options)


def main(notebooks):
    outcomes = {}
    for machine, variables in MACHINES.items():
        print(
            f"\nAs {machine}: {' '.join(f'{name}={value!r}' for name, value in variables.items())}",
            flush=True,
        )
        start = time.monotonic()
        if reason := why_not(machine):
            outcomes[machine] = f"skipped: {reason}"
        else:
            failed = run(machine, notebooks or [ROOT / "notebooks"]).returncode
            outcomes[machine] = f"{'FAILED' if failed else 'passed'} in {time.monotonic() - start:.0f} s"
    print("\n" + "\n".join(f"As {machine}: {outcome}" for machine, outcome in outcomes.items()))
    return any(outcome.startswith("FAILED") for outcome in outcomes.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What `import lossopt` brings, and what it must not bring."""

import subprocess
import sys
from importlib.metadata import version

import lossopt


def test_import_is_light():
    code = "import sys; from lossopt import check; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "numpy" in loaded
    assert not {"tensorflow", "keras", "sklearn", "scipy", "matplotlib", "IPython"} & set(loaded)


def test_versions_are_the_installed_ones():
    assert lossopt.versions() == "Computed with " + ", ".join(
        f"{name} {version(name)}" for name in ("TensorFlow", "Keras", "NumPy", "Matplotlib")
    )

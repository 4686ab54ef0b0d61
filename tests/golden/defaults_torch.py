"""Write `defaults_torch.json`: the default arguments of PyTorch's optimizers and of its ReduceLROnPlateau.

It reads them from the source in a wheel of PyTorch, which need not be installed:

    python tests/golden/defaults_torch.py torch-….whl
"""

import ast
import json
import sys
import zipfile
from pathlib import Path

FILES = {
    "AdamW": "torch/optim/adamw.py",
    "Adadelta": "torch/optim/adadelta.py",
    "RMSprop": "torch/optim/rmsprop.py",
    "Muon": "torch/optim/_muon.py",
    "Adafactor": "torch/optim/_adafactor.py",
    "ReduceLROnPlateau": "torch/optim/lr_scheduler.py",
}


def defaults(source, name):
    """Return the arguments of a class that have a literal as their default."""
    made = next(node for node in ast.parse(source).body if getattr(node, "name", None) == name)
    init = next(node for node in made.body if getattr(node, "name", None) == "__init__").args
    places = init.args[len(init.args) - len(init.defaults) :]
    pairs = [*zip(places, init.defaults, strict=True), *zip(init.kwonlyargs, init.kw_defaults, strict=True)]
    found = {}
    for place, value in pairs:
        try:
            found[place.arg] = ast.literal_eval(value)
        except ValueError:
            continue  # a name, such as Muon's coefficients
    return found


def main(wheel):
    with zipfile.ZipFile(wheel) as archive:
        found = {name: defaults(archive.read(file), name) for name, file in FILES.items()}
    golden = {"torch": Path(wheel).name.split("-")[1].split("+")[0], "defaults": found}
    text = json.dumps(golden).replace('"defaults": {', '"defaults": {\n').replace("}, ", "},\n")
    Path(__file__).with_suffix(".json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])

"""Write `optimizers_torch.json`: where PyTorch's optimizers stand after 1, 2, 10 and 50 steps.

Run it by hand where PyTorch is installed (`python tests/golden/optimizers_torch.py`); the tests read the file and
need no PyTorch. Start, gradients and the rate of every step are formulas, so that both sides compute the same ones.
"""

import json
from pathlib import Path

import numpy as np

# PyTorch's optimizer and its arguments; the rule that must agree, and its arguments.
CASES = [
    ("SGD", {}, "SGD", {}),
    ("SGD", {"momentum": 0.9}, "SGD", {"momentum": 0.9, "rate_in_velocity": False}),
    (
        "SGD",
        {"momentum": 0.9, "nesterov": True},
        "SGD",
        {"momentum": 0.9, "nesterov": True, "rate_in_velocity": False},
    ),
    (
        "Adagrad",
        {"eps": 1e-3},
        "Adagrad",
        {"initial_accumulator_value": 0.0, "epsilon": 1e-3, "epsilon_in_root": False},
    ),
    ("Adadelta", {"rho": 0.9, "eps": 1e-3}, "Adadelta", {"rho": 0.9, "epsilon": 1e-3}),
    (
        "RMSprop",
        {"alpha": 0.9, "eps": 1e-3},
        "RMSprop",
        {"rho": 0.9, "epsilon": 1e-3, "epsilon_in_root": False},
    ),
    (
        "RMSprop",
        {"alpha": 0.9, "eps": 1e-3, "centered": True},
        "RMSprop",
        {"rho": 0.9, "epsilon": 1e-3, "centered": True, "epsilon_in_root": False},
    ),
    ("Adam", {"eps": 1e-3}, "Adam", {"epsilon": 1e-3, "epsilon_before_correction": False}),
    (
        "Adam",
        {"eps": 1e-3, "amsgrad": True},
        "Adam",
        {"epsilon": 1e-3, "amsgrad": True, "epsilon_before_correction": False},
    ),
    (
        "AdamW",
        {"eps": 1e-3, "weight_decay": 0.1},
        "AdamW",
        {"epsilon": 1e-3, "weight_decay": 0.1, "epsilon_before_correction": False},
    ),
    ("Adamax", {"eps": 0.0}, "Adamax", {"epsilon": 0.0}),
    (
        "NAdam",
        {"eps": 1e-3, "momentum_decay": 0.004},
        "Nadam",
        {"epsilon": 1e-3, "momentum_decay": 0.004},
    ),
    ("Adafactor", {"eps": (1e-30, 1e-3)}, "Adafactor", {}),
]
STEPS, STORED = 50, (1, 2, 10, 50)


def start():
    return np.cos(np.arange(6.0)).reshape(3, 2)


def gradient(t):
    """Return the gradient of step t: every component with its own size and its own rhythm."""
    i = np.arange(6.0).reshape(3, 2)
    return 10.0 ** (1 - i) * (0.3 + np.sin(1.7 * t + i))


def rate(t):
    return 0.1 / (1 + 0.1 * t)


def walk(name, arguments):
    """Yield the weights of PyTorch's optimizer after each of the STORED steps."""
    import torch

    w = torch.tensor(start(), requires_grad=True)
    optimizer = getattr(torch.optim, name)([w], lr=rate(0), **arguments)
    for t in range(STEPS):
        optimizer.param_groups[0]["lr"] = rate(t)
        w.grad = torch.tensor(gradient(t))
        optimizer.step()
        if t + 1 in STORED:
            yield w.detach().numpy().ravel().tolist()


def main():
    from torch import __version__

    cases = [[*case, list(walk(*case[:2]))] for case in CASES]
    lines = ",\n".join(json.dumps(case) for case in cases)
    text = f'{{"torch": "{__version__}", "cases": [\n{lines}\n]}}\n'
    Path(__file__).with_suffix(".json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

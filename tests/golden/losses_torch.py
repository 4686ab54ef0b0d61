"""Write losses_torch.json: what PyTorch says, value by value and with its gradients, where its convention is ours.

Run it in an environment of its own, with torch (the build for processors is enough) and numpy:

    python tests/golden/losses_torch.py

The tests read the file alone, and need no torch.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

rng = np.random.default_rng(0)
REAL, OTHER = rng.normal(size=(2, 4, 3)) * 2
POSITIVE, RATE = rng.uniform(0.2, 5, (2, 4, 3))
BINARY, NUMBERS = rng.integers(0, 2, (4, 3)).astype(float), rng.integers(0, 3, 4)
P = rng.uniform(0.05, 0.95, (4, 3))
ROWS, TARGET = rng.dirichlet(np.ones(3), size=(2, 4))
SEQUENCES, LABELS = rng.normal(size=(3, 6, 4)), np.array([[1, 2, 3], [2, 2, 0], [3, 0, 0]])
EMBEDDINGS = rng.normal(size=(3, 4, 5))
NONE = {"reduction": "none"}


def squared_distance(a, b):
    return ((a - b) ** 2).sum(-1)


def ctc(y, z):
    lengths = torch.full((3,), z.shape[1]), (y != 0).sum(1)
    return F.ctc_loss(z.log_softmax(-1).transpose(0, 1), y, *lengths, **NONE)


# loss of lossopt and its arguments, its arrays, which of them are predicted, PyTorch's expression of the same values
CASES = [
    ("mean_squared_error", {}, (REAL, OTHER), [1], lambda y, z: F.mse_loss(z, y, **NONE).mean(-1)),
    ("mean_absolute_error", {}, (REAL, OTHER), [1], lambda y, z: F.l1_loss(z, y, **NONE).mean(-1)),
    ("huber", {}, (REAL, OTHER), [1], lambda y, z: F.huber_loss(z, y, **NONE).mean(-1)),
    (
        "huber",
        {"delta": 2.5},
        (REAL, OTHER),
        [1],
        lambda y, z: F.huber_loss(z, y, delta=2.5, **NONE).mean(-1),
    ),
    (
        "poisson",
        {},
        (POSITIVE, RATE),
        [1],
        lambda y, z: F.poisson_nll_loss(z, y, log_input=False, eps=1e-7, **NONE).mean(-1),
    ),
    (
        "gaussian_nll",
        {},
        (REAL, OTHER, RATE),
        [1, 2],
        lambda y, z, v: F.gaussian_nll_loss(z, y, v, full=True, **NONE).mean(-1),
    ),
    ("cosine_similarity", {}, (REAL, OTHER), [1], lambda y, z: -F.cosine_similarity(y, z, dim=-1)),
    ("kl_divergence", {}, (TARGET, ROWS), [1], lambda y, z: F.kl_div(z.log(), y, **NONE).sum(-1)),
    ("binary_crossentropy", {}, (BINARY, P), [1], lambda y, z: F.binary_cross_entropy(z, y, **NONE).mean(-1)),
    (
        "binary_crossentropy",
        {"from_logits": True},
        (BINARY, REAL),
        [1],
        lambda y, z: F.binary_cross_entropy_with_logits(z, y, **NONE).mean(-1),
    ),
    (
        "categorical_crossentropy",
        {"from_logits": True, "label_smoothing": 0.2},
        (TARGET, REAL),
        [1],
        lambda y, z: F.cross_entropy(z, y, label_smoothing=0.2, **NONE),
    ),
    (
        "sparse_categorical_crossentropy",
        {"from_logits": True, "ignore_class": 0},
        (NUMBERS, REAL),
        [1],
        lambda y, z: F.cross_entropy(z, y, ignore_index=0, **NONE),
    ),
    (
        "sparse_categorical_crossentropy",
        {"from_logits": True, "axis": 0},
        (np.array([3, 0, 1]), REAL),
        [1],
        lambda y, z: F.cross_entropy(z.T, y, **NONE),
    ),
    ("ctc", {}, (LABELS, SEQUENCES), [1], ctc),
    (
        "triplet",
        {"margin": 6.0},
        tuple(EMBEDDINGS),
        [0, 1, 2],
        lambda a, p, n: F.triplet_margin_with_distance_loss(
            a, p, n, distance_function=squared_distance, margin=6.0, **NONE
        ),
    ),
]


def answer(loss, arguments, arrays, predicted, in_torch):
    tensors = [torch.tensor(array) for array in arrays]
    for place in predicted:
        tensors[place].requires_grad_()
    values = in_torch(*tensors)
    values.sum().backward()
    return {
        "loss": loss,
        "arguments": arguments,
        "arrays": [array.tolist() for array in arrays],
        "values": values.tolist(),
        "gradients": [tensors[place].grad.tolist() for place in predicted],
    }


def differences():
    """Where PyTorch's convention is another, the number that shows it."""
    a, p, n = torch.tensor([[[0.0, 0.0]], [[3.0, 0.0]], [[0.0, 2.0]]], dtype=torch.float64)
    empty = torch.tensor([[0.0, 0.0]], dtype=torch.float64)
    return {
        "triplet_margin_loss": F.triplet_margin_loss(a, p, n).item(),
        "gaussian_nll_loss of 0, 1, 1": F.gaussian_nll_loss(empty + 1, empty, empty + 1).item(),
        "poisson_nll_loss of 1, 0": F.poisson_nll_loss(empty, empty + 1, log_input=False).item(),
        "binary_cross_entropy of 1, 0": F.binary_cross_entropy(empty, empty + 1).item(),
    }


if __name__ == "__main__":
    golden = {
        "torch": torch.__version__,
        "cases": [answer(*case) for case in CASES],
        "different": differences(),
    }
    text = json.dumps(golden).replace('{"loss"', '\n{"loss"')  # a case a line
    Path(__file__).with_suffix(".json").write_text(text + "\n")

"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import re

import numpy as np

WRONG = {
    "l2_coefficient": [(2 * 0.0005, "twice the decay"), (5e-4, "without a ½"), (0.0005 / 4, "one factor 2")],
    "decayed_numbers": [
        (64 * 32 + 32 + 32 * 10 + 10, "biases"),
        ((64 + 1 + 2) * 32 + 33 * 10, "everything that is trained"),
        (2400, "one of them"),
        ((64 + 1 + 4) * 32 + 33 * 10, "moving mean"),
    ],
    "decoupled": [
        (lambda w, step, rate, decay: w - decay * w + step, "by the learning rate"),
        (lambda w, step, rate, decay: (1 - rate * decay) * (w + step), "not of their sum"),
        (lambda w, step, rate, decay: w + rate * decay * w + step, "the weights grow"),
        (lambda w, step, rate, decay: w - rate * (step + decay * w), "as it is"),
    ],
    "decay_for": [
        (lambda left, peak, steps: np.log(1 / left) / (steps * peak), "half its peak"),
        (lambda left, peak, steps: 2 * (1 - left) / (steps * peak), "multiply from step to step"),
        (lambda left, peak, steps: 2 * np.log(left) / (steps * peak), "sign is reversed"),
    ],
    "is_spared": [
        (lambda path: any(word in path for word in ("bias", "gamma", "beta")), "end of the path"),
        (lambda path: path.split("/")[-1] == "bias", "γ and β of normalisation layers"),
        (lambda path: "bias" in path, "contain the word bias"),
        (lambda path: not path.endswith("kernel") and "beta" not in path, "β is spared"),
    ],
}

# Other right answers, which the exercises accept.

RIGHT = {
    "decoupled": [
        lambda w, step, rate, decay: w + step - rate * decay * w,
        lambda w, step, rate, decay: [float(a + b - rate * decay * a) for a, b in zip(w, step, strict=True)],
        lambda w, step, rate, decay: (w * (1 - rate * decay) + step).astype(np.float32),
    ],
    "decay_for": [
        lambda left, peak, steps: 2 * np.log(1 / left) / peak / steps,
        lambda left, peak, steps: -np.log(np.float32(left)) / (0.5 * peak) / steps,
    ],
    "is_spared": [
        lambda path: path.split("/")[-1] in ("bias", "gamma", "beta"),
        lambda path: bool(re.search("(bias|gamma|beta)$", path)),
        lambda path: np.bool_(path.rpartition("/")[2] in {"bias", "gamma", "beta"}),
    ],
}

"""Exercises of the chapter *Weight decay*."""

import numpy as np

from .exercise import Exercise

l2_coefficient = Exercise(
    task="give l2 a number",
    answer=0.00025,
    right="The gradient of l2 · θ² is 2 · l2 · θ, which is the decay.",
    slips={
        "This is twice the decay. L2(l2) has the effect of a decay of 2 · l2.": 0.001,
        "Keras adds l2 · θ² without a ½, so its gradient is 2 · l2 · θ.": 0.0005,
        "Halve the decay once. The gradient of l2 · θ² has one factor 2.": 0.000125,
    },
)


_kernels, _biases, _norm = 64 * 32 + 32 * 10, 32 + 10, 32


decayed_numbers = Exercise(
    task="count the numbers that decay",
    answer=_kernels,
    right="Only the two kernels decay.",
    slips={
        "The biases, 32 and 10 of them, are excluded.": _kernels + _biases,
        "γ and β, 32 each, are excluded too.": _kernels + 2 * _norm,
        "γ and β are both excluded, and this counts 32 numbers of one of them.": _kernels + _norm,
        "This is everything that is trained. Subtract biases, γ and β.": _kernels + _biases + 2 * _norm,
        "This includes the moving mean and variance of the normalisation, which are not trained.": (
            _kernels + _biases + 4 * _norm
        ),
        "The second layer has a kernel too.": 64 * 32,
        "The first layer has a kernel too.": 32 * 10,
    },
)


_w, _step = np.array([2.0, -1.0, 0.5]), np.array([-0.01, 0.01, -0.01])


decoupled = Exercise(
    task="return the new weights",
    answer=lambda w, step, learning_rate, weight_decay: w * (1 - learning_rate * weight_decay) + step,
    right="With this line around its step, any optimizer has weight decay.",
    slips={
        "Keras multiplies the decay by the learning rate.": lambda w, step, learning_rate, weight_decay: (
            w * (1 - weight_decay) + step
        ),
        "The step already contains the learning rate and is not a gradient, so add it as it is.": (
            lambda w, step, learning_rate, weight_decay: (
                w * (1 - learning_rate * weight_decay) - learning_rate * step
            )
        ),
        "The step already contains the learning rate, so add it without another factor.": (
            lambda w, step, learning_rate, weight_decay: (
                w * (1 - learning_rate * weight_decay) + learning_rate * step
            )
        ),
        "Add the step instead of subtracting it.": lambda w, step, learning_rate, weight_decay: (
            w * (1 - learning_rate * weight_decay) - step
        ),
        "Take the share of the old weights, and not of their sum with the step.": (
            lambda w, step, learning_rate, weight_decay: (w + step) * (1 - learning_rate * weight_decay)
        ),
        "The sign of the decay is reversed, so the weights grow.": (
            lambda w, step, learning_rate, weight_decay: w * (1 + learning_rate * weight_decay) + step
        ),
        "Decay the weights as well.": lambda w, step, learning_rate, weight_decay: w + step,
    },
    cases=((_w, _step, 0.1, 0.5), (_w, 30 * _step, 0.01, 2.0)),
    tolerance=1e-6,
)


decay_for = Exercise(
    task="return λ",
    answer=lambda left, peak, steps: -np.log(left) / (peak * steps / 2),
    right="Check 1/λ as well, because the fence must leave your weights room.",
    slips={
        "This is for a constant rate. The mean of the cosine is half its peak.": (
            lambda left, peak, steps: -np.log(left) / (peak * steps)
        ),
        "This is for one step at half the peak. The shares of all steps multiply.": (
            lambda left, peak, steps: (1 - left) / (peak / 2)
        ),
        "Shares multiply from step to step, so take −log of what is left instead of 1 − left.": (
            lambda left, peak, steps: (1 - left) / (peak * steps / 2)
        ),
        "Use the natural logarithm, np.log.": lambda left, peak, steps: -np.log10(left) / (peak * steps / 2),
        "The sign is reversed, so the weights would grow.": (
            lambda left, peak, steps: np.log(left) / (peak * steps / 2)
        ),
        "This is the sum of all ηλ. Divide it by the sum of the rates.": (
            lambda left, peak, steps: -np.log(left)
        ),
        "Divide by the sum of the rates, which has the number of steps in it.": (
            lambda left, peak, steps: -np.log(left) / (peak / 2)
        ),
    },
    cases=((0.5, 0.01, 1000), (0.14, 0.03, 200), (0.9, 0.001, 50_000)),
    tolerance=2e-3,
)


is_spared = Exercise(
    task="return whether the variable is spared",
    answer=lambda path: path.endswith(("bias", "gamma", "beta")),
    right="The end of the path names the role, for any number of axes.",
    slips={
        'Look only at the end of the path. The name of a layer can contain "bias", "gamma" or "beta" too.': (
            lambda path: "bias" in path or "gamma" in path or "beta" in path
        ),
        "γ and β of normalisation layers are spared too.": lambda path: path.endswith("bias"),
        "γ and β are spared too, and the name of a layer can contain the word bias.": lambda path: (
            "bias" in path
        ),
        "β is spared too.": lambda path: path.endswith(("bias", "gamma")),
        "γ is spared too.": lambda path: path.endswith(("bias", "beta")),
        "This is the reverse. Return True for a bias, γ or β.": (
            lambda path: not path.endswith(("bias", "gamma", "beta"))
        ),
    },
    cases=(
        ("attention/query/bias",),
        ("attention/query/kernel",),
        ("unbiased/kernel",),
        ("norm/gamma",),
        ("norm/beta",),
        ("beta_net/kernel",),
        ("gru/gru_cell/bias",),
    ),
    use=lambda is_spared, path: _flag(is_spared(path)),
)


def _flag(answer):
    """Return a learner's answer as a number, if it is one of Python's truth values."""
    return float(answer) if isinstance(answer, bool | np.bool_) else answer

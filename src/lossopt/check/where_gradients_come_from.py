"""Exercises of the chapter *Where gradients come from*."""

from types import SimpleNamespace

import numpy as np

from .. import losses
from .exercise import Exercise

one_node = Exercise(
    task="compute the derivative of the loss with respect to a",
    answer=-5.0,
    right="The path through the product gives 5 · b = −10, the path through the sum 5 · 1 = 5, and they add up.",
    slips={
        "That is the path through the product. Add the second path, through the sum.": -10.0,
        "That is the path through the sum. Add the second path, through the product.": 5.0,
        "That is ∂c/∂a. Multiply it by the derivative that arrives at c.": -1.0,
        "That is the derivative with respect to b.": 15.0,
        "Slopes multiply along a path, so the product gives 5 · b instead of 5 + b.": 8.0,
    },
)

layers_until_lost = Exercise(
    task="compute the number of layers",
    answer=12.0,
    right="Twelve layers leave 6e-8. float32 can store far smaller numbers, but the first layer hardly learns.",
    slips={
        "Eleven layers leave 2.4e-7, which is still above 1e-7.": 11.0,
        "Layers are whole, so round up.": np.log(1e-7) / np.log(1 / 4),
        "That is for a factor of ½ per layer.": 24.0,
        "That is for a factor of ⅒ per layer. The factor is ¼.": 7.0,
    },
    tolerance=1e-3,
)


def _through_softmax(y, z):
    return losses.categorical_crossentropy.gradient(y, z, from_logits=True)


def _softmax_layer(X, y, W, b, share=None, sign=1, through=_through_softmax):
    dz = sign * through(y, X @ W + b) / (share or len(X))
    return X.T @ dz, dz.sum(axis=0)


def _through_shifted_by_all(y, z):
    with np.errstate(invalid="ignore"):
        e = np.exp(z - z.max())
        return e / e.sum(axis=1, keepdims=True) - y


def _mean_over_samples(X, y, W, b):
    dW, db = _softmax_layer(X, y, W, b)
    return dW, db / len(X)


_rng = np.random.default_rng(3)
_inputs, _one_hot = _rng.normal(size=(6, 4)), np.eye(3)[[0, 2, 1, 1, 0, 2]]
_kernel, _bias = _rng.normal(size=(4, 3)), np.array([0.5, -1.0, 0.25])

softmax_layer = Exercise(
    task="return dW and db",
    answer=_softmax_layer,
    right="Nearly every classifier ends in this layer.",
    slips={
        "The loss is a mean over the samples, so divide by their number.": lambda *case: _softmax_layer(
            *case, share=1
        ),
        "The sign is reversed, because dz is p − y.": lambda *case: _softmax_layer(*case, sign=-1),
        "Divide by the number of samples, which is smaller than the number of entries of dz.": lambda *case: (
            _softmax_layer(*case, share=case[1].size)
        ),
        "Here db is divided by the number of samples twice. Take the sum of dz over the rows.": _mean_over_samples,
        "This uses the scores as probabilities. Take their softmax first.": lambda *case: _softmax_layer(
            *case, through=lambda y, z: z - y
        ),
        "Subtract each row's own maximum. After that of all rows, nothing is left of the others.": lambda *case: (
            _softmax_layer(*case, through=_through_shifted_by_all)
        ),
        "The order is reversed. Return dW first, then db.": lambda *case: _softmax_layer(*case)[::-1],
    },
    cases=(
        (_inputs, _one_hot, _kernel, _bias),
        (_inputs[:2], _one_hot[:2], 6000 * _kernel, _bias),
    ),
)


def _node(value, slope):
    """A maker of what a learner's operation returns: a value, and one link to its input."""
    return lambda x: SimpleNamespace(value=value(x.value), inputs=[(x, slope(x.value))])


def _value_and_link(operation, x):
    # The learner's own class, where the function can see one, so that its methods work.
    value = getattr(operation, "__globals__", {}).get("Value", lambda x: SimpleNamespace(value=x))
    made = operation(x := value(x))
    if made is None or made is ...:
        return made
    if len(made.inputs) != 1 or made.inputs[0][0] is not x:
        raise ValueError("expected one link, and it must lead to x, but the result has other links")
    return made.value, made.inputs[0][1]


def _softplus(x):
    return np.logaddexp(0, x)


def _sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


def _overflowing(x):
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(np.float64(x))
        return np.log(1 + e), e / (1 + e)


softplus_node = Exercise(
    task="return a Value for the softplus of x",
    answer=_node(_softplus, _sigmoid),
    right="One node replaces three, and it is stable. Libraries do the same.",
    slips={
        "exp overflowed. Use np.logaddexp(0, x), and a stable form of the sigmoid.": _node(
            lambda x: _overflowing(x)[0], lambda x: _overflowing(x)[1]
        ),
        "The value is right, but the slope overflowed, because exp(x) / (1 + exp(x)) became ∞ / ∞.": _node(
            _softplus, lambda x: _overflowing(x)[1]
        ),
        "The slope in the link is 1 − sigmoid(x). Check the sign of x.": _node(
            _softplus, lambda x: _sigmoid(-x)
        ),
        "The link holds the value. Put the slope there, which is the sigmoid of x.": _node(
            _softplus, _softplus
        ),
        "The value and the slope are exchanged.": _node(_sigmoid, _softplus),
        "The slope is the sigmoid of x, and this is the sigmoid of softplus(x).": _node(
            _softplus, lambda x: _sigmoid(_softplus(x))
        ),
    },
    cases=((1.0,), (-2.0,), (1000.0,), (-1000.0,)),
    use=_value_and_link,
)


def _slopes_along(loss, gradient, w, v, h=1e-5, low=-1, width=2, combine=lambda g, v: np.sum(g * v)):
    return (loss(w + h * v) - loss(w + low * h * v)) / (width * h), combine(gradient(w), v)


def bent_bowl(w):
    return np.sum(w**2) + np.prod(w)


def its_gradient(w):
    return 2 * w + np.prod(w) / w


def a_wrong_gradient(w):
    return its_gradient(w) + np.arange(w.size).reshape(w.shape)


directional_slopes = Exercise(
    task="return the central difference and the sum",
    answer=_slopes_along,
    right="Two evaluations check any number of weights. One wrong entry stays hidden only where v is 0.",
    slips={
        "The first number is a forward difference. Use w + hv and w − hv, and divide by 2h.": lambda *case: (
            _slopes_along(*case, h=1e-2, low=0, width=1)
        ),
        "The first number is twice as large, because w + hv and w − hv are 2h apart.": lambda *case: (
            _slopes_along(*case, width=1)
        ),
        "The second number is the norm of the gradient. Multiply by v, entry by entry, and add up.": lambda *case: (
            _slopes_along(*case, combine=lambda g, v: np.linalg.norm(g))
        ),
        "The second number lacks v. Multiply the gradient by v, entry by entry, and add up.": lambda *case: (
            _slopes_along(*case, combine=lambda g, v: np.sum(g))
        ),
        "Both numbers come from the gradient. Compute the first one from the loss only.": lambda *case: (
            2 * _slopes_along(*case)[1:]
        ),
        "Both numbers come from the loss. Compute the second one from the gradient.": lambda *case: (
            2 * _slopes_along(*case)[:1]
        ),
        "The second number is a mean. Return the sum.": lambda *case: _slopes_along(
            *case, combine=lambda g, v: np.mean(g * v)
        ),
    },
    cases=(
        (
            bent_bowl,
            its_gradient,
            np.array([[1.0, -2.0, 0.5], [0.3, 1.5, -0.7]]),
            np.arange(6.0).reshape(2, 3),
        ),
        (bent_bowl, its_gradient, np.array([0.5, -1.5, 2.0]), np.array([-1.0, 2.0, 1.0])),
        (bent_bowl, a_wrong_gradient, np.array([0.5, -1.5]), np.array([-1.0, 2.0])),
    ),
    tolerance=1e-5,
)


def _repaired(X, y, W1, W2, share=len, slope=lambda Z: 1 - np.tanh(Z) ** 2):
    Z = X @ W1
    d = 2 * (np.tanh(Z) @ W2 - y)
    dZ = (d @ W2.T) * slope(Z)
    return X.T @ dZ / share(X), np.tanh(Z).T @ d / len(X)


_tanh_case = _inputs, _inputs[:, :2] + 1, 0.5 * _rng.normal(size=(4, 3)), _rng.normal(size=(3, 2))

repaired_backward = Exercise(
    task="replace the dots by a correct function",
    answer=_repaired,
    right="Both mistakes affect only dW1, and a gradient check finds each of them.",
    slips={
        "This is the function as shipped. Both mistakes are in dW1.": lambda *case: _repaired(
            *case, share=lambda X: 1, slope=lambda Z: 1 - Z**2
        ),
        "The derivative of tanh is right now, but dW1 is still too large by the number of samples.": lambda *case: (
            _repaired(*case, share=lambda X: 1)
        ),
        "Both gradients are means now, but the derivative of tanh still uses Z² instead of tanh² Z.": lambda *case: (
            _repaired(*case, slope=lambda Z: 1 - Z**2)
        ),
        "The derivative of tanh is 1 − tanh² Z, and here the square is missing.": lambda *case: _repaired(
            *case, slope=lambda Z: 1 - np.tanh(Z)
        ),
        "The derivative of tanh is missing.": lambda *case: _repaired(*case, slope=np.ones_like),
    },
    cases=(_tanh_case,),
)


def _walk_back(n, links, add=True, order=None):
    waiting = np.bincount([origin for origin, _, _ in links], minlength=n)
    queue = order or [int(np.flatnonzero(waiting == 0)[0])]
    slopes = np.zeros(n)
    slopes[np.flatnonzero(waiting == 0)[0]] = 1.0
    for node in queue:
        for origin, result, local_slope in links:
            if result == node:
                slopes[origin] = local_slope * slopes[node] + (slopes[origin] if add else 0)
                waiting[origin] -= 1
                if waiting[origin] == 0 and order is None:
                    queue.append(origin)
    return slopes


def _first_come(n, links):
    order = [int(np.setdiff1d(range(n), [origin for origin, _, _ in links])[0])]
    for node in order:
        order += dict.fromkeys(o for o, result, _ in links if result == node and o not in order)
    return _walk_back(n, links, order=order)


_diamond = [
    (2, 0, 1.0),
    (3, 2, 3.0),
    (2, 1, 6.0),
    (1, 0, 1.0),
    (2, 1, 6.0),
]  # u + u·u, u = 3x: x is 3, u is 2
_ladder = [(0, 4, 2.0), (4, 1, -1.0), (0, 1, 0.5), (1, 3, 4.0), (4, 3, 3.0), (3, 2, 0.25), (0, 2, 1.0)]

walk_back = Exercise(
    task="return an array of n derivatives",
    answer=_walk_back,
    right="This is backpropagation, and it works for any graph without cycles.",
    slips={
        "A value that is used twice keeps only one of its paths. Use += instead of =.": lambda n, links: (
            _walk_back(n, links, add=False)
        ),
        "A derivative was passed on too early. Wait until all links from that value are used.": _first_come,
        "The order of the numbers is not the order of the values. Count the links instead.": lambda n, links: (
            _walk_back(n, links, order=list(range(n)))
        ),
        "The reversed order of the numbers is not the order of the values. Count the links instead.": lambda n, links: (
            _walk_back(n, links, order=list(range(n))[::-1])
        ),
        "All derivatives are 0, because that of the loss itself must start at 1.": lambda n, links: np.zeros(
            n
        ),
    },
    cases=((4, _diamond), (5, _ladder), (2, [(0, 1, 3.0)])),
)

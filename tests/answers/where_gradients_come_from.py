"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def softmax_layer_by_sums(X, y, W, b):
    e = np.exp(X @ W + b - (X @ W + b).max(axis=1, keepdims=True))
    d = e / e.sum(axis=1, keepdims=True) - y
    return X.T @ d, d.sum(axis=0)


def softmax_layer_uphill(X, y, W, b):
    dW, db = softmax_layer_by_sums(X, y, W, b)
    return -dW / len(X), -db / len(X)


def softmax_layer_below_one_maximum(X, y, W, b):
    z = X @ W + b
    with np.errstate(invalid="ignore"):
        p = np.exp(z - z.max()) / np.exp(z - z.max()).sum(axis=1)[:, None]
    return X.T @ (p - y) / len(X), (p - y).mean(axis=0)


def softmax_layer_with_a_row(X, y, W, b):
    dW, db = softmax_layer_by_sums(X, y, W, b)
    return dW / len(X), db[None] / len(X)


class Node:
    """A value as chapter 11 makes it, with its links."""

    def __init__(self, value, *links):
        self.value, self.inputs = value, links


def softplus_of_the_school_book(x):
    with np.errstate(all="ignore"):
        e = np.exp(np.float64(x.value))
        return Node(np.log(1 + e), (x, e / (1 + e)))


def softplus_linked_to_its_value(x):
    value = np.logaddexp(0, x.value)
    return Node(value, (x, value))


def one_sided_along(loss, gradient, w, v):
    return (loss(w + v / 100) - loss(w)) * 100, np.vdot(gradient(w), v)


def along_without_the_direction(loss, gradient, w, v):
    h = 1e-6
    return (loss(w + h * v) - loss(w - h * v)) / (2 * h), gradient(w).sum()


def backward_as_shipped(X, y, W1, W2):
    Z = X @ W1
    A = np.tanh(Z)
    d = 2 * (A @ W2 - y)
    return X.T @ (d @ W2.T * (1 - Z**2)), A.T @ d / len(X)


def backward_without_the_mean(X, y, W1, W2):
    A = np.tanh(X @ W1)
    d = 2 * (A @ W2 - y)
    return X.T @ (d @ W2.T * (1 - A**2)), A.T @ d / len(X)


def walk_that_overwrites(n, links):
    loss = ({result for _, result, _ in links} - {origin for origin, _, _ in links}).pop()
    slopes, left, done = np.zeros(n), list(links), {loss}
    slopes[loss] = 1
    while left:
        origins = {origin for origin, _, _ in left}
        for link in [link for link in left if link[1] in done and link[1] not in origins]:
            origin, result, local_slope = link
            slopes[origin] = local_slope * slopes[result]
            left.remove(link)
            done.add(origin)
    return slopes


def walk_in_the_order_of_numbers(n, links):
    loss = ({result for _, result, _ in links} - {origin for origin, _, _ in links}).pop()
    slopes = np.zeros(n)
    slopes[loss] = 1
    for node in range(n):
        for origin, result, local_slope in links:
            if result == node:
                slopes[origin] += local_slope * slopes[node]
    return slopes


def along_without_the_loss(loss, gradient, w, v):
    gain = np.sum(gradient(w) * v)
    return gain, gain


WRONG = {
    "one_node": [(5 * -2, "product"), (-2 + 1, "∂c/∂a")],
    "layers_until_lost": [(11, "Eleven"), (np.log(1e7) / np.log(4), "round up")],
    "softmax_layer": [
        (softmax_layer_by_sums, "divide by their number"),
        (softmax_layer_uphill, "dz is p − y"),
        (softmax_layer_below_one_maximum, "each row's own maximum"),
        (softmax_layer_with_a_row, "expected the shape (4, 3) and (3,), but got (4, 3) and (1, 3)"),
    ],
    "softplus_node": [
        (softplus_of_the_school_book, "exp overflowed"),
        (softplus_linked_to_its_value, "holds the value"),
    ],
    "directional_slopes": [
        (one_sided_along, "forward difference"),
        (along_without_the_direction, "lacks v"),
        (along_without_the_loss, "from the loss only"),
    ],
    "repaired_backward": [
        (backward_as_shipped, "as shipped"),
        (backward_without_the_mean, "too large"),
    ],
    "walk_back": [
        (walk_that_overwrites, "+= instead of ="),
        (walk_in_the_order_of_numbers, "order of the numbers"),
    ],
}


# Other right answers, which the exercises accept.


def softmax_layer_by_logarithms(X, y, W, b):
    z = X @ W + b
    dz = np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True)) - y
    return np.einsum("ni,nj->ij", X, dz) / len(X), dz.mean(axis=0)


def softmax_layer_in_a_loop(X, y, W, b):
    dW, db = np.zeros_like(W), np.zeros_like(b)
    for one_x, one_y in zip(X, y, strict=True):
        z = one_x @ W + b
        d = np.exp(z - max(z)) / sum(np.exp(z - max(z))) - one_y
        dW, db = dW + np.outer(one_x, d), db + d
    return (dW / len(X)).tolist(), (db / len(X)).tolist()


def walk_by_depth(n, links):
    """Add up the products along all paths from a value to the loss."""
    [loss] = set(range(n)) - {origin for origin, _, _ in links}

    def slope(node):
        return (
            1.0 if node == loss else sum(s * slope(result) for origin, result, s in links if origin == node)
        )

    return [slope(node) for node in range(n)]


def walk_by_a_linear_system(n, links):
    """Solve slopes = local slopes · slopes + (1 at the loss)."""
    local = np.zeros((n, n))
    for origin, result, slope in links:
        local[origin, result] += slope
    return np.linalg.solve(
        np.eye(n) - local, ~np.isin(np.arange(n), [origin for origin, _, _ in links]) * 1.0
    )


def stable_softplus(x):
    e = np.exp(-abs(x.value))
    slope = 1 / (1 + e) if x.value > 0 else e / (1 + e)
    return Node(max(x.value, 0) + np.log1p(e), (x, slope))


RIGHT = {
    "softmax_layer": [softmax_layer_by_logarithms, softmax_layer_in_a_loop],
    "softplus_node": [
        stable_softplus,
        lambda x: Node(np.logaddexp(0, x.value), (x, (1 + np.tanh(x.value / 2)) / 2)),
    ],
    "directional_slopes": [
        lambda loss, gradient, w, v: (
            (loss(w + 1e-4 * v) - loss(w - 1e-4 * v)) / 2e-4,
            np.vdot(gradient(w), v),
        ),
        lambda loss, gradient, w, v: [
            (loss(w + v / 1e6) - loss(w - v / 1e6)) * 5e5,
            sum(float(g * d) for g, d in zip(gradient(w).flat, v.flat, strict=True)),
        ],
    ],
    "repaired_backward": [
        lambda X, y, W1, W2: (
            X.T @ ((2 * (np.tanh(X @ W1) @ W2 - y) @ W2.T) / np.cosh(X @ W1) ** 2) / len(X),
            np.tanh(X @ W1).T @ (2 * (np.tanh(X @ W1) @ W2 - y)) / len(y),
        ),
    ],
    "walk_back": [walk_by_depth, walk_by_a_linear_system],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
SAME_LENGTH = "each of these has one row for each sample"
ONE_LOSS = "one value only is used by none, the first and the last of the list"
EQUIVALENT = {
    "softmax_layer": {"e = -np.exp(…": "the sign cancels in the ratio", "dz = … / len(…": SAME_LENGTH},
    "softplus_node": {
        "return Value(np.logaddexp(0, x.value), [(x, slope)])": "the name is only for a drawing"
    },
    "directional_slopes": {
        "def along(…, h=2e-05):": "the error of a central difference is far below the tolerance",
        "return (…(v, gradient(w)))": "a product has no order",
    },
    "repaired_backward": {
        "d = 2 * (A @ W2 - y) / len(…": SAME_LENGTH,
        "return (X.T @ dZ / len(…), np.tanh(Z).T @ d / len(…))": SAME_LENGTH,
        "dZ = …-Z…": "an even function: the square of tanh has no sign",
    },
    "walk_back": {
        "slopes[ready[-1]] = 1.0": ONE_LOSS,
        "slopes[np.flatnonzero(waiting == 0)[-1]] = 1.0": ONE_LOSS,
        "queue = […np.flatnonzero(waiting == 0)[…": ONE_LOSS,
        "slopes[origin] … local_slope * slopes[result]…": "the result is the node",
    },
}


def some_layer(rng):
    n = rng.integers(1, 6)
    x, w, b = rng.normal(size=(n, 4)), rng.normal(size=(4, 3)) * 10 ** rng.uniform(-1, 2), rng.normal(size=3)
    return x, np.eye(3)[rng.integers(0, 3, n)], w, b


def some_network(rng):
    n = rng.integers(1, 6)
    return (*(rng.normal(size=shape) for shape in ((n, 4), (n, 2), (4, 3), (3, 2))),)


def some_graph(rng):
    """Draw a graph in which every value leads to the loss, which is one of n in a random order."""
    n = int(rng.integers(2, 7))
    order, links = rng.permutation(n), []
    for i in range(1, n):
        for j in {int(rng.integers(0, i)) for _ in range(2)}:
            links += [(int(order[i]), int(order[j]), float(rng.integers(-3, 4)))]
    return n, [links[k] for k in rng.permutation(len(links))]


def cubes(w):
    return np.sum(w**3)


def its_gradient(w):
    return 3 * w**2


RANDOM = {
    "softmax_layer": some_layer,
    "softplus_node": lambda rng: (rng.normal() * 10 ** rng.uniform(0, 4),),
    "directional_slopes": lambda rng: (cubes, its_gradient, *rng.uniform(0.5, 2, (2, 5))),
    "repaired_backward": some_network,
    "walk_back": some_graph,
}

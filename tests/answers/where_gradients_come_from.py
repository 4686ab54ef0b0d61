"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def softmax_layer_by_sums(X, y, W, b):
    e = np.exp(X @ W + b - (X @ W + b).max(axis=1, keepdims=True))
    d = e / e.sum(axis=1, keepdims=True) - y
    return X.T @ d, d.sum(axis=0)


def softmax_layer_uphill(X, y, W, b):
    dW, db = softmax_layer_by_sums(X, y, W, b)
    return -dW / len(X), -db / len(X)


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

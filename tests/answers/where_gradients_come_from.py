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

"""Write `optimizers_soap.json`: where SOAP stands after 2, 3, 12 and 60 steps, computed in another way.

No library that the tests use has SOAP, so the values come from here: the paper's Algorithm 3 with the start, the bias
correction and the order of the eigenvectors of its authors' code. The weights are one long vector and the rotation is
one large orthogonal matrix, the Kronecker product of both sides. Eigenvectors come from Jacobi rotations, and the QR
decomposition from Gram and Schmidt. Run it by hand (`python tests/golden/optimizers_soap.py`) after a change.
"""

import json
from pathlib import Path

import numpy as np

CASES = [  # the shape and the arguments of the rule; with two rows or columns too many the axes would not be unique
    [[4, 3], {}],
    [[4, 4], {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-3, "precondition_frequency": 1}],
    [[4, 3], {"precondition_frequency": 3, "max_precond_dim": 3}],
    [[2, 6], {"beta_1": 0.0, "beta_2": 0.5, "max_precond_dim": 2}],
]
STEPS, STORED = 60, (2, 3, 12, 60)


def start(shape):
    return np.cos(np.arange(float(np.prod(shape)))).reshape(shape)


def gradient(shape, t):
    """Return a gradient of full rank, whose entries have sizes and rhythms of their own."""
    i = np.arange(float(np.prod(shape))).reshape(shape)
    return 2.0 ** (1 - i / 3) * (0.3 + np.sin(1.7 * t + i**1.5))


def rate(t):
    return 0.1 / (1 + 0.1 * t)


def jacobi(matrix):
    """Return the eigenvectors of a symmetric matrix as columns, by descending eigenvalue."""
    a, q = matrix.copy(), np.eye(len(matrix))
    for _ in range(60):
        for i in range(len(a)):
            for j in range(i + 1, len(a)):
                angle = 0.5 * np.arctan2(2 * a[i, j], a[j, j] - a[i, i])
                turn = np.eye(len(a))
                turn[i, i] = turn[j, j] = np.cos(angle)
                turn[i, j], turn[j, i] = np.sin(angle), -np.sin(angle)
                a, q = turn.T @ a @ turn, q @ turn
    return q[:, np.argsort(-np.diag(a))]


def gram_schmidt(matrix):
    """Return the columns of a matrix, each without what lies along the earlier ones, with length 1."""
    columns = []
    for column in matrix.T:
        for _ in range(2):  # the second time removes what rounding left
            for other in columns:
                column = column - (other @ column) * other
        columns.append(column / np.linalg.norm(column))
    return np.array(columns).T


def walk(shape, arguments):
    """Yield the weights after each of the STORED steps."""
    settings = {"beta_1": 0.95, "beta_2": 0.95, "epsilon": 1e-8}
    settings |= {"precondition_frequency": 10, "max_precond_dim": 10000} | arguments
    beta_1, beta_2, epsilon, every, longest = settings.values()
    w = start(shape).ravel()
    m = v = np.zeros_like(w)
    sides = [np.zeros((n, n)) for n in shape]
    turns = [np.eye(n) for n in shape]
    for t in range(STEPS):
        matrix = gradient(shape, t)
        g, q = matrix.ravel(), np.kron(*turns)
        if t:
            m = beta_1 * m + (1 - beta_1) * q.T @ g  # kept in the turned axes
            v = beta_2 * v + (1 - beta_2) * (q.T @ g) ** 2
            size = rate(t) * (1 - beta_2**t) ** 0.5 / (1 - beta_1**t)
            w = w - size * q @ (m / (v**0.5 + epsilon))
        for k, outer in enumerate((matrix @ matrix.T, matrix.T @ matrix)):
            sides[k] = beta_2 * sides[k] + (1 - beta_2) * outer
        if t % every == 0:
            orders = [np.arange(n) for n in shape]
            for k in range(2):
                if shape[k] > longest:
                    continue
                if t == 0:
                    turns[k] = jacobi(sides[k])
                else:
                    sizes = [column @ sides[k] @ column for column in turns[k].T]
                    orders[k] = np.argsort(-np.array(sizes))
                    turns[k] = gram_schmidt(sides[k] @ turns[k][:, orders[k]])
            m = np.kron(*turns).T @ (q @ m)
            v = v.reshape(shape)[np.ix_(*orders)].ravel()
        if t + 1 in STORED:
            yield w.tolist()


def main():
    lines = ",\n".join(json.dumps([*case, list(walk(*case))]) for case in CASES)
    Path(__file__).with_suffix(".json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""What the chapter *Similarity* claims."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from lossopt import data, losses


def first(x, y, each, digits):
    rows = np.concatenate([np.flatnonzero(y == digit)[:each] for digit in digits])
    return x[rows], y[rows]


def triplet_loss(points, y, margin):
    """The mean triplet loss over all triplets of a batch, in TensorFlow."""
    squared = tf.reduce_sum((points[:, None] - points[None]) ** 2, axis=-1)
    similar = tf.cast(y[:, None] == y[None], points.dtype)
    triplets = (similar - tf.eye(len(y), dtype=points.dtype))[:, :, None] * (1 - similar)[:, None, :]
    excess = squared[:, :, None] - squared[:, None, :] + margin
    return tf.reduce_sum(triplets * tf.nn.relu(excess)) / tf.reduce_sum(triplets)


def train(loss, numbers, rate=0.01, steps=100, seed=0, start=None, on_circle=False, digits=(0, 1, 2)):
    """Train a small network on digits; return its points, the classes and the losses."""
    keras.utils.set_random_seed(seed)
    (x, y), *_ = data.digits()
    x, y = first(x, y, 15, digits)
    init = start or "glorot_uniform"
    layers = [keras.layers.Dense(16, "tanh"), keras.layers.Dense(numbers, kernel_initializer=init)]
    model = keras.Sequential([keras.Input((64,)), *layers])
    if on_circle:
        model.add(keras.layers.UnitNormalization())
    rule, values = keras.optimizers.Adam(rate), []
    x = tf.constant(x, tf.float32)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            value = loss(model(x), y)
        rule.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        return value

    for _ in range(steps):
        values.append(step().numpy())
    return model(x).numpy(), y, np.array(values)


@pytest.mark.parametrize("margin", [0.2, 1.0])
@pytest.mark.parametrize("numbers", [2, 16])
def test_collapsed_triplets(margin, numbers):
    """the triplet loss is exactly its margin and does not move | start again with a lower learning rate and semi-hard
    negatives | all points are in one place, where the gradient is 0"""

    def semi_hard(points, y):
        squared = tf.reduce_sum((points[:, None] - points[None]) ** 2, axis=-1)
        similar = tf.cast(y[:, None] == y[None], points.dtype)
        triplets = (similar - tf.eye(len(y)))[:, :, None] * (1 - similar)[:, None, :]
        excess = squared[:, :, None] - squared[:, None, :] + margin
        chosen = triplets * tf.cast(excess < margin, points.dtype)
        return tf.reduce_sum(chosen * tf.nn.relu(excess)) / (tf.reduce_sum(chosen) + 1e-6)

    _, _, stuck = train(lambda p, y: triplet_loss(p, y, margin), numbers, start="zeros", rate=0.0, steps=3)
    assert np.allclose(stuck, margin)
    points = tf.Variable(np.ones((6, numbers)))
    with tf.GradientTape() as tape:
        value = triplet_loss(points, np.array([0, 0, 0, 1, 1, 1]), margin)
    assert np.isclose(value, margin) and not tape.gradient(value, points).numpy().any()
    points, y, _ = train(semi_hard, numbers, rate=0.003)
    assert triplet_loss(points, y, margin) < 0.8 * margin


def nearest_right(points, y):
    squared = np.sum((points[:, None] - points) ** 2, axis=-1) + 1e9 * np.eye(len(y))
    return np.mean(y[squared.argmin(axis=1)] == y)


def circle_map(gamma, numbers, steps, seed, digits=(0, 1, 2, 3)):
    loss = keras.losses.Circle(gamma=gamma)
    points, y, _ = train(lambda p, y: loss(y, p), numbers, 0.005, steps, seed, on_circle=True, digits=digits)
    return nearest_right(points, y)


@pytest.mark.parametrize("cure", ["train longer", "more numbers", "a lower gamma"])
def test_classes_in_one_place(cure):
    """with the circle loss, two classes lie in one place | train longer, use more than two numbers, or lower `gamma` |
    on a circle, classes can pass each other only through each other"""
    before = [circle_map(80, 2, 40, seed) for seed in range(2)]
    settings = {"train longer": (80, 2, 500), "more numbers": (80, 16, 40), "a lower gamma": (4, 2, 120)}
    after = [circle_map(*settings[cure], seed) for seed in range(2)]
    assert np.mean(before) < 0.8
    assert np.mean(after) > np.mean(before)


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("numbers", [1, 16])
@pytest.mark.parametrize("type_of_number", ["float16", "float32", "float64"])
def test_a_root_of_a_distance(mode, numbers, type_of_number):
    """a loss of distances has the gradient `nan` | add 1e-12 inside the root, in float16 1e-6 | the slope of a root at
    0 is infinite, and float16 rounds 1e-12 to 0"""

    def slope(small):
        points = tf.Variable(np.ones((2, numbers)), dtype=type_of_number)

        def gradient():
            with tf.GradientTape() as tape:
                squared = tf.reduce_sum((points[0] - points[1]) ** 2)
                value = tf.sqrt(squared + tf.cast(small, points.dtype))
            return tape.gradient(value, points)

        return (gradient() if mode == "eager" else tf.function(gradient)()).numpy()

    half = type_of_number == "float16"
    assert np.isnan(slope(0.0)).any()
    assert np.isfinite(slope(1e-6 if half else 1e-12)).all()
    assert (np.dtype(type_of_number).type(1e-12) == 0) == half
    assert np.isnan(slope(1e-12)).any() == half


@pytest.mark.parametrize("numbers", [2, 8])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_easy_triplets_teach_nothing(numbers, seed):
    """the triplet loss is 0 for nearly all triplets, and the map is poor | choose semi-hard negatives instead of random
    ones | easy triplets have no gradient"""
    rng = np.random.default_rng(seed)
    anchor = rng.normal(size=(400, numbers))
    positive = anchor + 0.3 * rng.normal(size=anchor.shape)
    negative = 4 * rng.normal(size=anchor.shape)
    near, far = (np.sum((anchor - other) ** 2, axis=1) for other in (positive, negative))
    easy = far > near + 1.0
    assert easy.mean() > 0.7 and losses.triplet(anchor, positive, negative, margin=1.0)[easy].max() == 0
    assert not losses.triplet.gradient(anchor, positive, negative, margin=1.0)[0][easy].any()
    # Semi-hard: the same negatives, drawn in to a squared distance half a margin beyond the positive.
    chosen = anchor + (negative - anchor) * np.sqrt((near + 0.5) / far)[:, None]
    slopes = losses.triplet.gradient(anchor, positive, chosen, margin=1.0)[0]
    assert (np.abs(slopes).sum(axis=1) > 0).all()


@pytest.mark.parametrize("numbers", [4, 16])
@pytest.mark.parametrize("seed", [0, 1])
def test_an_embedding(numbers, seed):
    """Embeddings are points on a map, on which distance means dissimilarity. New classes need no new training, only
    known points and a map that keeps what tells them apart."""
    (x, y), *_ = data.digits()
    keras.utils.set_random_seed(seed)
    x_known, y_known = first(x, y, 15, (0, 1, 2, 3, 6, 7))
    model = keras.Sequential(
        [keras.Input((64,)), keras.layers.Dense(32, "tanh"), keras.layers.Dense(numbers)]
    )
    rule = keras.optimizers.Adam(0.005)
    inputs = tf.constant(x_known, tf.float32)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            value = triplet_loss(model(inputs), y_known, 0.5)
        rule.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)

    for _ in range(60):
        step()
    points = model(inputs).numpy()
    squared = np.sum((points[:, None] - points) ** 2, axis=-1)
    same = y_known[:, None] == y_known
    assert np.median(squared[same & ~np.eye(len(same), dtype=bool)]) < 0.5 * np.median(squared[~same])
    # New classes: five known points of each, nothing trained.
    few, labels = first(x, y, 5, (4, 5))
    rest, truth = (part[10:] for part in first(x, y, 10, (4, 5)))
    rest, truth = np.vstack([x[y == 4][5:25], x[y == 5][5:25]]), np.repeat([4, 5], 20)
    here, there = model(few.astype("float32")).numpy(), model(rest.astype("float32")).numpy()
    answers = labels[np.sum((there[:, None] - here) ** 2, axis=-1).argmin(axis=1)]
    assert np.mean(answers == truth) > 0.65
    # A map that does not keep the direction in which the two new classes differ tells them apart less well.
    direction = there[truth == 4].mean(axis=0) - there[truth == 5].mean(axis=0)
    direction /= np.linalg.norm(direction)
    here, there = (part - np.outer(part @ direction, direction) for part in (here, there))
    worse = labels[np.sum((there[:, None] - here) ** 2, axis=-1).argmin(axis=1)]
    assert np.mean(worse == truth) < min(0.85, np.mean(answers == truth))


@pytest.mark.parametrize("margin", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("start", [0.1, 0.9, 3.0])
def test_pairs_move_up_to_the_margin(margin, start):
    """The contrastive loss moves dissimilar pairs apart up to the margin, and no farther."""
    distance = np.array([start])
    for _ in range(300):
        distance = distance - 0.1 * losses.contrastive.gradient(np.array([1]), distance, margin=margin)
    assert np.isclose(distance[0], max(start, margin), atol=1e-6)


@pytest.mark.parametrize("numbers", [2, 16])
@pytest.mark.parametrize("margin", [0.2, 1.0])
def test_which_triplets_have_a_gradient(numbers, margin):
    """Easy triplets have no gradient. Hard and semi-hard ones have."""
    rng = np.random.default_rng(0)
    anchor, positive, negative = rng.normal(size=(3, 500, numbers)) * 0.6
    near, far = (np.sum((anchor - other) ** 2, axis=1) for other in (positive, negative))
    slopes = [
        np.abs(g).sum(axis=1) for g in losses.triplet.gradient(anchor, positive, negative, margin=margin)
    ]
    easy = far > near + margin
    assert easy.any() and (~easy).any()
    assert all(not g[easy].any() and (g[~easy] > 0).all() for g in slopes)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("margin", [0.2, 1.0])
def test_no_way_out(optimizer, margin):
    """If the triplet loss stays exactly at its margin, the map has collapsed into one point, and no gradient leads
    out."""
    points = tf.Variable(np.ones((6, 2)))
    rule, y = getattr(keras.optimizers, optimizer)(0.1), np.array([0, 0, 0, 1, 1, 1])
    for _ in range(20):
        with tf.GradientTape() as tape:
            value = triplet_loss(points, y, margin)
        rule.apply([tape.gradient(value, points)], [points])
        assert np.isclose(value, margin)
    assert np.allclose(points.numpy(), 1)
    # It must *stay* there: three points with equal distances have this loss too, but their gradient moves them.
    points = tf.Variable([[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]])
    with tf.GradientTape() as tape:
        value = triplet_loss(points, np.array([0, 0, 1]), margin)
    rule = getattr(keras.optimizers, optimizer)(0.1)
    rule.apply([tape.gradient(value, points)], [points])
    assert np.isclose(value, margin)
    assert triplet_loss(points, np.array([0, 0, 1]), margin) < 0.9 * margin


@pytest.mark.parametrize("gamma", [4.0, 80.0])
@pytest.mark.parametrize("margin", [0.25, 0.4])
def test_how_hard_a_pair_is_pulled(gamma, margin):
    """Measured by the slope in $s$, the cosine loss pulls every pair equally hard. Among the similar pairs of one
    anchor, the circle loss pulls harder the farther a pair is from $s = 1$, and among the dissimilar pairs with
    $s > 0$, the farther it is from $s = 0$.
    """

    def slopes(similar, dissimilar):
        """Return the slopes of Keras's circle loss of the anchor (1, 0) in the cosines of its pairs."""
        s = tf.Variable(np.append(similar, dissimilar))
        kinds = np.repeat([0, 1], [1 + len(similar), len(dissimilar)])
        with tf.GradientTape() as tape:
            points = tf.concat([[[1.0, 0.0]], tf.stack([s, tf.sqrt(1 - s**2)], axis=1)], axis=0)
            value = keras.losses.circle(kinds, points, gamma=gamma, margin=margin)[0]
        return np.split(tape.gradient(value, s).numpy(), [len(similar)])

    s = np.linspace(0.05, 0.95, 12)
    similar, dissimilar = slopes(s, s)
    assert (similar < 0).all() and (dissimilar > 0).all()
    assert (np.diff(similar) > 0).all() and (np.diff(dissimilar) > 0).all()
    cosines = tf.Variable(np.linspace(-0.9, 0.9, 12))
    with tf.GradientTape() as tape:
        points = tf.stack([cosines, tf.sqrt(1 - cosines**2)], axis=1)
        value = tf.reduce_sum(keras.losses.cosine_similarity(np.tile([1.0, 0.0], (12, 1)), points))
    assert np.allclose(tape.gradient(value, cosines), -1)
    # The conditions are needed: below 0 a dissimilar pair is pulled back to a right angle or not at all, ...
    _, (back, never) = slopes([0.5], [-margin / 2, -margin - 0.1])
    assert back < 0 and never == 0
    # ... and another anchor may pull a pair harder that is nearer to its goal.
    assert abs(slopes([0.7], [0.9])[0][0]) > abs(slopes([0.65], [0.0])[0][0])


@pytest.mark.parametrize("numbers", [1, 2, 8])
@pytest.mark.parametrize("turned", ["along an axis", "turned"])
def test_a_triplet_in_numbers(numbers, turned):
    """No: the loss is right, but a hard negative would be closer to the anchor than the positive, and 1.2 is more than
    1.0.

    Right: the negative is farther away than the positive, and 1.0² − 1.2² + 0.5 = 0.06 is still above 0.

    No: 1.0 − 1.2 + 0.5 = 0.3 uses the distances. The margin of this loss is in squared distances.

    No: the negative would be easy if its squared distance were above 1.5, and it is 1.44.
    """
    rng = np.random.default_rng(0)
    direction = np.eye(numbers)[0] if turned == "along an axis" else rng.normal(size=numbers)
    direction = direction / np.linalg.norm(direction)
    anchor = rng.normal(size=numbers)
    points = [anchor[None], (anchor + 1.0 * direction)[None], (anchor - 1.2 * direction)[None]]
    assert np.isclose(losses.triplet(*points, margin=0.5)[0], 0.06)
    assert np.isclose(1.0 - 1.2 + 0.5, 0.3) and np.isclose(1.2**2, 1.44)
    easy = [points[0], points[1], (anchor - 1.51**0.5 * direction)[None]]
    assert losses.triplet(*easy, margin=0.5)[0] == 0


@pytest.mark.parametrize("margin", [0.2, 1.0])
@pytest.mark.parametrize("numbers", [2, 8])
def test_what_a_loss_of_the_margin_means(margin, numbers):
    """No: on a good map the loss of most triplets is below the margin, and of many it is 0.

    Right: when all distances are 0, the loss of each triplet is the margin, and the gradient is 0.

    No: a collapsed map has the margin as its loss, however large the margin is.
    """
    points, y, _ = train(lambda p, y: triplet_loss(p, y, margin), numbers, steps=120)
    triplets = [
        (a, p, n) for a in range(len(y)) for p in range(len(y)) for n in range(len(y)) if y[a] == y[p] != y[n]
    ]
    a, p, n = np.transpose([t for t in triplets if t[0] != t[1]])
    values = losses.triplet(points[a], points[p], points[n], margin=margin)
    assert np.mean(values < margin) > 0.5 and np.mean(values == 0) > 0.2
    same = np.ones((5, numbers))
    assert np.allclose(losses.triplet(same, same, same, margin=margin), margin)
    assert not any(g.any() for g in losses.triplet.gradient(same, same, same, margin=margin))


@pytest.mark.parametrize("distance", [1.3, 5.0])
@pytest.mark.parametrize("kind", ["dissimilar", "similar"])
def test_beyond_the_margin(distance, kind):
    """No: it moves a dissimilar pair apart only up to the margin, and 1.3 is beyond it.

    No: only similar pairs are moved together.

    Right: beyond the margin the loss is 0 and so is its gradient.
    """
    label, d = np.array([kind == "dissimilar"]).astype(int), np.array([distance])
    slope, value = losses.contrastive.gradient(label, d, margin=1.0), losses.contrastive(label, d, margin=1.0)
    if kind == "dissimilar":
        assert value[0] == 0 and slope[0] == 0
        assert losses.contrastive.gradient(label, np.array([0.7]), margin=1.0)[0] < 0  # inside: apart
    else:
        assert slope[0] > 0  # gradient descent makes the distance smaller

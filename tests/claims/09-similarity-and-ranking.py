"""What the chapter *Similarity and ranking* claims."""

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


LAMPS = np.stack([np.ones(64), *(np.indices((8, 8)).reshape(2, 64) / 3.5 - 1)])


def lit(x, rng):
    return x + 0.5 * rng.normal(size=(*x.shape[:-1], 3)) @ LAMPS


def unit(points):
    return points / np.sqrt(np.sum(points**2, axis=-1, keepdims=True) + 1e-12)


def turned(array):
    return np.swapaxes(array, -1, -2)


def train_many(slopes, draw, rate=0.003, steps=120, networks=4):
    """Train networks of the chapter's kind with Adam; `slopes` returns the gradient with respect to unit points."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(networks, 64, 32)) / 8, rng.normal(size=(networks, 32, 16)) / 6]
    m, v = ([np.zeros_like(w) for w in weights] for _ in range(2))

    def place(x):
        return unit(np.tanh(x @ weights[0]) @ weights[1])

    for t in range(1, steps + 1):
        x = draw(rng, networks)
        hidden = np.tanh(x @ weights[0])
        points = hidden @ weights[1]
        length = np.sqrt(np.sum(points**2, axis=-1, keepdims=True) + 1e-12)
        points = points / length
        slope = slopes(points)
        slope = (slope - np.sum(slope * points, axis=-1, keepdims=True) * points) / length
        gradients = [turned(x) @ (slope @ turned(weights[1]) * (1 - hidden**2)), turned(hidden) @ slope]
        for k, g in enumerate(gradients):
            m[k], v[k] = 0.9 * m[k] + 0.1 * g, 0.999 * v[k] + 0.001 * g**2
            weights[k] = weights[k] - rate * m[k] / (1 - 0.9**t) / (np.sqrt(v[k] / (1 - 0.999**t)) + 1e-7)
    return place


def views(pairs, shuffled=False):
    """Draw pictures, each twice under two lamps; `shuffled` pairs each with another one."""
    (x, _), *_ = data.digits()

    def draw(rng, networks):
        chosen = x[rng.integers(len(x), size=(networks, pairs))]
        partners = chosen[:, rng.permutation(pairs)] if shuffled else chosen
        return np.concatenate([lit(chosen, rng), lit(partners, rng)], axis=1)

    return draw


def in_groups(points, group):
    shape = (points.shape[0], -1, group, points.shape[-1])
    return (half.reshape(shape) for half in np.split(points, 2, axis=1))


def through_cosines(slope_of, group):
    """Return the slopes in the points of a loss whose slope in the cosines of each group is `slope_of(cosines)`."""

    def slopes(points):
        a, p = in_groups(points, group)
        slope = slope_of(a @ turned(p)) / points.shape[1]
        both = slope @ p, turned(slope) @ a
        return np.concatenate([it.reshape(len(points), -1, points.shape[-1]) for it in both], axis=1)

    return slopes


def labelled(classes, each=4):
    """Return what draws lit digits of so many classes, and their class numbers."""
    (x, labels), *_ = data.digits()
    pools = [np.flatnonzero(labels == digit) for digit in range(classes)]

    def draw(rng, networks):
        rows = [rng.choice(pool, (networks, each)) for pool in pools]
        return lit(x[np.concatenate(rows, axis=1)], rng)

    return draw, np.repeat(range(classes), each)


def triplet_slopes(kind, y, margin):
    similar = (y[:, None] == y).astype(float)
    triplets = (similar - np.eye(len(y)))[:, :, None] * (1 - similar)[:, None, :]

    def slopes(points):
        squared = 2 - 2 * points @ turned(points)
        near, far = squared[:, :, :, None], squared[:, :, None, :]
        chosen = triplets * np.ones_like(near)
        if kind == "hardest":
            chosen = chosen * (far <= np.min(far + 1e9 * (1 - triplets), axis=-1, keepdims=True))
        if kind == "semi-hard":
            chosen = chosen * ((far > near) & (far < near + margin))
        chosen = chosen * (near - far + margin > 0) / (chosen.sum(axis=(1, 2, 3), keepdims=True) + 1e-9)
        of_cosines = 2 * (chosen.sum(axis=2) - chosen.sum(axis=3))  # −2 cos is what varies in a distance
        return (of_cosines + turned(of_cosines)) @ points

    return slopes


def info_nce(group, temperature=0.5):
    def slope_of(cosines):
        p = np.exp((cosines - 1) / temperature)
        return (p / p.sum(axis=-1, keepdims=True) - np.eye(group)) / temperature

    return through_cosines(slope_of, group)


def info_nce_values(points, temperature=0.5):
    return np.mean([losses.info_nce(*np.split(it, 2), temperature) for it in points])


def recall_on_new_digits(place, seed=0):
    _, (x, y), _ = data.digits()
    points = place(lit(x, np.random.default_rng(seed)))
    similarity = points @ turned(points) - 9 * np.eye(len(y))
    return np.mean(y[similarity.argmax(axis=-1)] == y, axis=-1)


@pytest.mark.parametrize("margin", [0.2, 0.5])
@pytest.mark.parametrize("cure", ["a lower learning rate", "semi-hard negatives"])
def test_collapsed_triplets(margin, cure):
    """the triplet loss reaches its margin and does not move | start again with a lower learning rate or semi-hard
    negatives | all points are in one place, where the gradient is 0"""
    draw, y = labelled(6)

    def outcome(kind, rate):
        """Return the loss of all triplets, and the mean squared distance between two points."""
        points = train_many(triplet_slopes(kind, y, margin), draw, rate, steps=150)(
            draw(np.random.default_rng(1), 4)
        )
        values = [float(triplet_loss(tf.constant(it), y, margin)) for it in points]
        return np.array(values), np.mean(2 - 2 * points @ turned(points), axis=(1, 2))

    value, apart = outcome("hardest", 0.1)
    np.testing.assert_allclose(value, margin, rtol=0.05)
    assert (apart < 0.05).all()
    _, apart = outcome(*(("hardest", 0.003) if cure == "a lower learning rate" else ("semi-hard", 0.1)))
    assert (apart > 0.3).all()
    point = tf.Variable(np.ones((6, 3)))  # in one place: the margin, and no gradient
    with tf.GradientTape() as tape:
        value = triplet_loss(point, np.array([0, 0, 0, 1, 1, 1]), margin)
    assert np.isclose(value, margin) and not tape.gradient(value, point).numpy().any()


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
    """the triplet loss is 0 for nearly all random triplets | choose semi-hard negatives | easy triplets have no
    gradient"""
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


@pytest.mark.parametrize("cause", ["a collapse", "partners in the wrong order"])
@pytest.mark.parametrize("batch", [16, 48])
def test_info_nce_of_a_guess(cause, batch):
    """InfoNCE stays at log n in a batch of n | look for a collapse, or for partners in the wrong order | a uniform
    guess among n costs log n"""

    def mean_loss(place, shuffled=False):
        rng = np.random.default_rng(9)
        return np.mean([info_nce_values(place(views(batch, shuffled)(rng, 4))) for _ in range(8)])

    if cause == "a collapse":
        assert np.isclose(mean_loss(lambda x: np.ones((*x.shape[:-1], 16)) / 4), np.log(batch))
        return
    wrong = train_many(info_nce(batch), views(batch, shuffled=True))
    assert np.isclose(mean_loss(wrong, shuffled=True), np.log(batch), rtol=0.06)
    right = train_many(info_nce(batch), views(batch))
    assert mean_loss(right) < 0.8 * np.log(batch)


@pytest.mark.parametrize("batch", [16, 128])
@pytest.mark.parametrize("temperature", [0.05, 1.0])
@pytest.mark.parametrize("noise", [0.1, 1.0])
def test_a_larger_batch_asks_more(batch, temperature, noise):
    """a larger batch has a higher InfoNCE loss | compare recall@1 on new inputs instead | each anchor chooses among
    more candidates"""
    rng = np.random.default_rng(0)
    anchor = rng.normal(size=(2 * batch, 8))
    partner = anchor + noise * rng.normal(size=anchor.shape)
    whole = losses.info_nce(anchor, partner, temperature)
    halves = [
        losses.info_nce(anchor[half], partner[half], temperature)
        for half in np.split(np.arange(2 * batch), 2)
    ]
    assert (whole > np.concatenate(halves)).all()  # every anchor, although the embeddings are the same


@pytest.mark.parametrize("batch", [32, 64])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_bias_of_a_large_batch(batch, scale):
    """the sigmoid loss learns little with large batches | begin with a bias of −log(n − 1) and train it | without it
    every pair starts as "perhaps", but n − 1 of n are "no\""""
    start = -np.log(batch - 1)
    assert 1 / (1 + np.exp(0.0)) == 0.5 and np.isclose(1 / (1 + np.exp(-start)), 1 / batch)

    def recall(bias, trained):
        bias, sign = np.full((4, 1, 1, 1), bias), 1 - 2 * np.eye(batch)

        def slope_of(cosines):
            of_logits = sign / (1 + np.exp(-sign * (scale * cosines + bias)))
            if trained:
                bias[...] -= 0.5 * of_logits.mean(axis=(-2, -1), keepdims=True)
            return scale * of_logits

        return recall_on_new_digits(train_many(through_cosines(slope_of, batch), views(batch))), bias

    found, bias = recall(start, trained=True)
    assert np.mean(found - recall(0.0, trained=False)[0]) > 0.1
    assert (bias != start).all()


@pytest.mark.parametrize("beta", [0.1, 0.5])
@pytest.mark.parametrize("rejected", ["longer", "much longer"])
@pytest.mark.parametrize("learning_rate", [0.1, 1.0])
def test_both_answers_become_less_probable(beta, rejected, learning_rate):
    """the DPO loss falls, and so does the log-probability of the preferred answers | watch both log-probabilities, and
    add the cross-entropy of the preferred answers | the loss only sees the difference"""
    # Answers are chosen by a softmax of features times weights; preferred, rejected and two others.
    features = np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 1.0], [-1.0, 0.5]])
    features[1] *= 2 if rejected == "much longer" else 1

    def log_p(w):
        logits = features @ w
        return logits - np.logaddexp.reduce(logits)

    def train_on(weight_of_crossentropy):
        w, reference, found = np.zeros(2), log_p(np.zeros(2)), []
        for _ in range(int(20 / learning_rate)):
            score = log_p(w) - reference
            found.append((losses.pairwise_logistic([score[0]], [score[1]], scale=beta)[0], log_p(w)[0]))
            pull = losses.pairwise_logistic.gradient([score[0]], [score[1]], scale=beta)[0][0]
            p = np.exp(log_p(w))
            slope = pull * (features[0] - features[1]) - weight_of_crossentropy * (features[0] - p @ features)
            w = w - learning_rate * slope
        return np.array(found)

    dpo, preferred = train_on(0.0).T
    assert dpo[-1] < dpo[0] and preferred[-1] < preferred[0]
    dpo, preferred = train_on(1.0).T
    assert dpo[-1] < dpo[0] and preferred[-1] > preferred[0]


@pytest.mark.parametrize("numbers", [4, 16])
@pytest.mark.parametrize("seed", [0, 1])
def test_an_embedding(numbers, seed):
    """Embeddings are points on a map, on which distance means dissimilarity. New classes need no new training, only
    known points and a map that keeps what tells them apart."""
    (x, y), *_ = data.digits()
    keras.utils.set_random_seed(seed)
    x_known, y_known = first(x, y, 9, (0, 1, 2, 3, 6, 7))
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
    """If the triplet loss stays at its margin, the map has collapsed into one point, and no gradient leads out."""
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


@pytest.mark.parametrize("batch", [2, 64, 300])
@pytest.mark.parametrize("temperature", [0.07, 1.0])
def test_info_nce_is_a_crossentropy(batch, temperature):
    r"""InfoNCE is the cross-entropy of finding a partner among the $n$ of a batch, so a uniform guess costs
    $\log n$."""
    a, p = np.random.default_rng(batch).normal(size=(2, batch, 6))
    cosines = unit(a) @ unit(p).T
    by_keras = keras.losses.sparse_categorical_crossentropy(
        np.arange(batch), tf.constant(cosines / temperature), from_logits=True
    )
    np.testing.assert_allclose(losses.info_nce(a, p, temperature), by_keras, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(losses.info_nce(a[:1].repeat(batch, 0), p, 1e9), np.log(batch), rtol=1e-6)
    same = np.ones((batch, 3))
    np.testing.assert_allclose(losses.info_nce(same, same, temperature), np.log(batch))


@pytest.mark.parametrize("dimensions", [3, 16])
@pytest.mark.parametrize("batch", [16, 128])
def test_what_the_temperature_pushes(dimensions, batch):
    """With a low temperature InfoNCE pushes mainly the most similar negatives, with a high one all nearly equally."""
    rng = np.random.default_rng(0)
    cosines = unit(rng.normal(size=(batch, dimensions))) @ unit(rng.normal(size=(batch, dimensions))).T

    def pushes(temperature):
        """Return the slope of each anchor's loss in the cosines of its negatives, in descending order."""
        s = tf.Variable(cosines)
        with tf.GradientTape() as tape:
            scores = s / temperature
            value = tf.reduce_sum(tf.reduce_logsumexp(scores, axis=-1) - tf.linalg.diag_part(scores))
        slopes = tape.gradient(value, s).numpy()
        negatives = slopes[~np.eye(batch, dtype=bool)].reshape(batch, batch - 1)
        return -np.sort(-negatives / negatives.sum(axis=1, keepdims=True), axis=1)

    low, high = pushes(0.01), pushes(10.0)
    tenth = -(-(batch - 1) // 8)
    assert np.mean(low[:, :tenth].sum(axis=1)) > 0.85
    assert (high[:, 0] < 1.3 * high[:, -1]).all()


@pytest.mark.parametrize("pairs", [32, 64])
@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_pairs_and_negatives(pairs, temperature):
    """A larger batch brings more pairs per step and more negatives per anchor. To know which of the two helps, hold
    one of them fixed."""
    recalls = {
        (count, group): recall_on_new_digits(train_many(info_nce(group, temperature), views(count)))
        for count, group in ((4, 4), (pairs, 4), (pairs, pairs))
    }
    of_pairs = np.mean(recalls[pairs, 4] - recalls[4, 4])
    of_negatives = np.mean(recalls[pairs, pairs] - recalls[pairs, 4])
    assert of_pairs > 0.02 and of_pairs > of_negatives  # which of them helps more is told apart


@pytest.mark.parametrize("batch", [16, 256])
@pytest.mark.parametrize("scale", [1.0, 2.0, 10.0])
def test_where_the_sigmoid_loss_begins(batch, scale):
    r"""While the points are nearly at right angles, the sigmoid loss costs $n \log 2$ per anchor in a batch of $n$
    without a bias, and about $1 + \log n$ with the bias $-\log(n - 1)$."""
    a, p = np.random.default_rng(batch).normal(size=(2, batch, 4000))
    without = losses.sigmoid_contrastive(a, p, scale=scale, bias=0.0).mean()
    np.testing.assert_allclose(without, batch * np.log(2), rtol=0.03)
    biased = losses.sigmoid_contrastive(a, p, scale=scale, bias=-np.log(batch - 1)).mean()
    np.testing.assert_allclose(biased, 1 + np.log(batch), rtol=0.03)


@pytest.mark.parametrize("beta", [0.1, 1.0])
@pytest.mark.parametrize("log_p", ["around −20", "around −2000"])
def test_only_the_difference(beta, log_p):
    """The pairwise logistic loss, and with it DPO, sees only the difference of two scores. DPO starts at log 2, because
    the model then equals its reference."""
    rng = np.random.default_rng(0)
    model, reference = rng.normal(-20 if log_p == "around −20" else -2000, 5, size=(2, 30, 2))

    def dpo(model, reference):
        return losses.pairwise_logistic(*(model - reference).T, scale=beta)

    np.testing.assert_allclose(dpo(reference, reference), np.log(2))
    shift = rng.normal(size=(30, 1))
    np.testing.assert_allclose(dpo(model + shift, reference), dpo(model, reference), rtol=1e-6)
    s, r = rng.normal(size=(2, 30))
    np.testing.assert_allclose(losses.pairwise_logistic(s, r), np.log1p(np.exp(r - s)))
    gradient = losses.pairwise_logistic.gradient(*(model - reference).T, scale=beta)
    np.testing.assert_allclose(gradient[0], -gradient[1])


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


@pytest.mark.parametrize("margin", [0.2, 0.5])
@pytest.mark.parametrize("classes", [3, 6])
def test_what_a_loss_of_the_margin_means(margin, classes):
    """No: on a good map the loss of most triplets is below the margin, and of many it is 0.

    Right: when all distances are 0, the loss of each triplet is the margin, and the gradient is 0.

    No: a collapsed map has the margin as its loss, however large the margin is.
    """
    draw, y = labelled(classes)
    place = train_many(triplet_slopes("all", y, margin), draw, networks=1)
    points = place(draw(np.random.default_rng(1), 1))[0]
    triplets = [
        (a, p, n) for a in range(len(y)) for p in range(len(y)) for n in range(len(y)) if y[a] == y[p] != y[n]
    ]
    a, p, n = np.transpose([t for t in triplets if t[0] != t[1]])
    values = losses.triplet(points[a], points[p], points[n], margin=margin)
    assert np.mean(values < margin) > 0.85 and np.mean(values == 0) > 0.7  # untrained: 0.6 and 0.5
    same = np.ones((5, classes))
    assert np.allclose(losses.triplet(same, same, same, margin=margin), margin)
    assert not any(g.any() for g in losses.triplet.gradient(same, same, same, margin=margin))


@pytest.mark.parametrize("temperature", [0.2, 0.5])
@pytest.mark.parametrize("dimensions", [8, 32])
def test_losses_at_two_batch_sizes(temperature, dimensions):
    """No: the same map has a higher loss in a larger batch, because each anchor has more candidates.

    No: more negatives make the question harder, but they do not prove that the map is better.

    Right: a uniform guess costs log 64 = 4.16 in the first case and log 512 = 6.24 in the second, so compare recall@1
    on the same new inputs.
    """
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(512, dimensions))

    def loss_and_recall(noise, batch):
        """Return InfoNCE in a batch, and on all 512 pairs the share of anchors whose partner is the nearest."""
        a, p = (centres + noise * rng.normal(size=centres.shape) for _ in range(2))
        nearest = (unit(a) @ unit(p).T).argmax(axis=1)
        return losses.info_nce(a[:batch], p[:batch], temperature).mean(), np.mean(nearest == np.arange(512))

    assert loss_and_recall(0.3, 64)[0] < loss_and_recall(0.3, 512)[0]
    poor_64, good_64 = loss_and_recall(0.6, 64), loss_and_recall(0.2, 64)
    poor_512, good_512 = loss_and_recall(0.6, 512), loss_and_recall(0.2, 512)
    assert poor_64[0] < good_512[0] and poor_64[1] < good_512[1]  # the lower loss, and the poorer map
    assert poor_512[0] > good_64[0] and poor_512[1] < good_64[1]  # more negatives, and the poorer map
    assert np.isclose(np.log(64), 4.16, atol=0.005) and np.isclose(np.log(512), 6.24, atol=0.005)


@pytest.mark.parametrize("preferred", ["ahead", "behind"])
@pytest.mark.parametrize("scale", [0.1, 1.0])
def test_a_hundred_for_all(preferred, scale):
    """No: the preferred answer gains 100, but so does the rejected one.

    No: the loss depends on the difference of two scores, and the difference is the same.

    Right: only differences count, so a score alone has no meaning.
    """
    s = np.array([2.0, 0.5]) * (1 if preferred == "ahead" else -1)
    r = np.array([0.0, 0.3])
    before = losses.pairwise_logistic(s, r, scale)
    np.testing.assert_allclose(losses.pairwise_logistic(s + 100, r + 100, scale), before)
    assert (losses.pairwise_logistic(s + 100, r, scale) < before).all()
    assert (losses.pairwise_logistic(s, r + 100, scale) > before).all()

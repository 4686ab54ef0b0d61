"""Proofs of what the chapter *Masks and sequences* claims, each in configurations chosen to break it."""

from functools import cache
from itertools import groupby, pairwise, product

import keras
import numpy as np
import pytest
import tensorflow as tf

from lossopt import losses, optimizers

IMAGE = (1, 2, 3)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def squares(*sizes, side=24):
    """Return masks with a square of the given width each; 0 is an empty mask."""
    masks = np.zeros((len(sizes), side, side, 1), "float32")
    for mask, size in zip(masks, sizes, strict=True):
        mask[3 : 3 + size, 3 : 3 + size] = 1
    return masks


def value_and_gradient(loss, y_true, y_pred, mode="eager"):
    variable = tf.Variable(y_pred)

    def compute():
        with tf.GradientTape() as tape:
            value = loss(y_true, variable)
        return value, tape.gradient(value, variable)

    value, gradient = (tf.function(compute) if mode == "compiled" else compute)()
    return float(value), gradient.numpy()


def smooth_dice(y_true, y_pred):
    """Return the mean over the images of the Dice loss with 1 added to numerator and denominator."""
    hit, total = tf.reduce_sum(y_true * y_pred, IMAGE), tf.reduce_sum(y_true + y_pred, IMAGE)
    return tf.reduce_mean(1 - (2 * hit + 1) / (total + 1))


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("empty", [1, 3])
@pytest.mark.parametrize("loss", ["Dice", "Tversky"])
def test_empty_masks(loss, empty, mode):
    """the Dice loss per image never falls below the share of images with an empty mask | leave those images
    out, or add 1 to the numerator and to the denominator | for an empty mask Keras's Dice loss is 1 with
    a gradient of 0
    """
    masks = squares(*[0] * empty, *[3] * (4 - empty), side=8)
    by_image = getattr(keras.losses, loss)(axis=IMAGE)
    rng = np.random.default_rng(0)
    for p in (np.zeros_like(masks), np.ones_like(masks), rng.random(masks.shape, "float32"), masks):
        value, gradient = value_and_gradient(by_image, masks, p, mode)
        assert value >= empty / 4 - 1e-6
        assert not gradient[:empty].any()
    assert float(by_image(masks[empty:], masks[empty:])) < 1e-6
    # With 1 added, the pixels of an empty image are pushed down, until the loss is far below the share.
    z = np.zeros(masks.shape, "float32")
    for _ in range(12):
        value, gradient = value_and_gradient(smooth_dice, masks, sigmoid(z))
        assert (gradient[:empty] > 0).all()
        z -= np.sign(gradient)
    assert value < 0.1 * empty / 4


@pytest.mark.parametrize("large", [8, 16])
@pytest.mark.parametrize("images", [2, 10])
def test_small_objects_are_missed(images, large):
    """the Dice loss is low, but small objects are missed | set `axis=(1, 2, 3)` | with `axis=None` the batch
    is one mask, in which large objects outweigh small ones
    """
    masks = squares(*[large] * (images // 2), *[1] * (images // 2))
    found = masks * np.array([1] * (images // 2) + [0] * (images // 2))[:, None, None, None]
    assert float(keras.losses.Dice()(masks, found)) < 0.01  # low, though half of the objects are missed
    assert np.isclose(float(keras.losses.Dice(axis=IMAGE)(masks, found)), 0.5)
    batch, image = (
        value_and_gradient(keras.losses.Dice(axis=axis), masks, np.float32(0.5) * masks + 0.01)[1]
        for axis in (None, IMAGE)
    )
    # With a sum for each image, a small object pulls more on its pixel than a large one, and more than before.
    assert image[-1, 3, 3] < 10 * image[0, 3, 3] < 0
    assert np.isclose(batch[-1, 3, 3], batch[0, 3, 3]) and image[-1, 3, 3] < 2 * batch[-1, 3, 3]


@pytest.mark.parametrize("loss", ["Dice", "Tversky"])
@pytest.mark.parametrize("axis", ["batch", "image"])
@pytest.mark.parametrize("scale", [1.0, 10.0])
def test_losses_outside_0_to_1(scale, axis, loss):
    """the Dice or Tversky loss is negative or above 1 | put a sigmoid into the last layer | both losses
    expect probabilities
    """
    masks, rng = squares(0, 3, 5), np.random.default_rng(0)
    function = getattr(keras.losses, loss)(axis={"batch": None, "image": IMAGE}[axis])
    scores = scale * rng.normal(size=(20, *masks.shape)).astype("float32")
    without, with_sigmoid = ([float(function(masks, f(z))) for z in scores] for f in (np.array, sigmoid))
    assert any(value < 0 or value > 1 for value in without)
    assert all(0 <= value <= 1 for value in with_sigmoid)
    assert all(0 <= float(function(masks, p)) <= 1 for p in (0 * masks, 1 + 0 * masks, masks, 1 - masks))


@cache
def discs(seed, radius, brightness=1.3, n=30, size=24):
    """Return noisy fields, as the 25 pixels around each pixel, and their masks."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[:size, :size]
    r, c = rng.uniform(3, size - 4, size=(2, n, 1, 1))
    mask = (row - r) ** 2 + (column - c) ** 2 <= radius**2
    fields = np.pad(brightness * mask + rng.normal(size=mask.shape), ((0, 0), (2, 2), (2, 2)))
    windows = np.lib.stride_tricks.sliding_window_view(fields, (5, 5), axis=(1, 2))
    return windows.reshape(n, size * size, 25).astype("float32"), mask.reshape(n, size * size).astype(
        "float32"
    )


LOSSES = {
    "cross-entropy": lambda y, p: (p - y) / y.size,
    "Dice": lambda y, p: losses.dice.gradient(y, p, axis=1) / len(y) * p * (1 - p),
}


@cache
def predictions(loss, seed, radius, brightness=1.3, steps=120):
    """Train a convolution and return its predictions for the training and for new fields."""
    fields, masks = discs(seed, radius, brightness)
    slope = LOSSES.get(loss) or (
        lambda y, p: losses.tversky.gradient(y, p, *loss, axis=1) / len(y) * p * (1 - p)
    )
    rows, w, rule = fields.reshape(-1, 25), np.zeros(26), optimizers.Adam(0.3)
    state = rule.init(w)
    for _ in range(steps):
        dz = slope(masks, sigmoid(rows @ w[:25].astype("float32") + w[25]).reshape(masks.shape))
        gradient = np.append(dz.astype("float32").ravel() @ rows, dz.sum())
        w, state = rule.update(w, gradient, state)
    return tuple(sigmoid(discs(s, radius, brightness)[0] @ w[:25] + w[25]) for s in (seed, seed + 100))


@pytest.mark.parametrize("radius", [1.5, 2.5])
@pytest.mark.parametrize("seed", [0, 1])
def test_larger_beta(seed, radius):
    """with a larger `beta`, Keras's Tversky loss misses more pixels, not fewer | raise `alpha` and lower
    `beta` | `alpha` weights missed pixels and `beta` added ones
    """
    masks = discs(seed + 100, radius)[1]

    def missed(alpha, beta):
        return np.sum(masks * (predictions((alpha, beta), seed, radius)[1] <= 0.5))

    assert missed(0.5, 0.9) > missed(0.5, 0.5) > missed(0.9, 0.1)
    y, p = masks[:, :, None, None], predictions((0.5, 0.5), seed, radius)[1][:, :, None, None]
    by_keras = keras.losses.Tversky(alpha=0.9, beta=0.2, axis=IMAGE)(y, p.astype("float32"))
    assert np.isclose(by_keras, losses.tversky(y, p, 0.9, 0.2, axis=IMAGE).mean(), rtol=1e-5)


@pytest.mark.parametrize("classes", [3, 27])
@pytest.mark.parametrize("frames", [4, 20])
def test_blank_last(frames, classes):
    """Keras's CTC loss differs from that of code that puts the blank last | move the blank's logit to class
    0 and add 1 to each label | Keras's blank is class 0
    """
    logits = np.random.default_rng(0).normal(size=(2, frames, classes)).astype("float32")
    labels = np.array([[0, 1], [1, 0]])  # counted from 0, the blank is the last class
    other = tf.nn.ctc_loss(labels, logits, [2, 2], [frames, frames], logits_time_major=False, blank_index=-1)
    ctc = keras.losses.CTC(reduction=None)
    assert not np.isclose(ctc(labels + 1, logits), other, rtol=1e-3).any()
    assert np.allclose(ctc(labels + 1, np.roll(logits, 1, axis=2)), other, rtol=1e-4)


@pytest.mark.parametrize(
    ("filled_with", "padding"),
    [pytest.param("zeros", 1, id="a frame of zeros"), pytest.param("noise", 20, id="20 frames of noise")],
)
@pytest.mark.parametrize("lengths", ["equal", "unequal"])
def test_padded_frames(lengths, filled_with, padding):
    """Keras's CTC loss changes when you pad the frames of a batch | pass the lengths to `keras.ops.ctc_loss`
    | `keras.losses.CTC` uses every frame
    """
    rng = np.random.default_rng(0)
    frames = np.array({"equal": [8, 8], "unequal": [8, 5]}[lengths])
    sounds = [rng.normal(size=(count, 4)) for count in frames]
    labels = np.array([[1, 2, 0], [3, 3, 1]])
    alone = [float(keras.losses.CTC()(labels[i : i + 1], sounds[i][None])) for i in range(2)]
    batch = rng.normal(size=(2, max(frames) + padding, 4)) * (filled_with == "noise")
    for row, sound in zip(batch, sounds, strict=True):
        row[: len(sound)] = sound
    batch = batch.astype("float32")
    assert not np.isclose(keras.losses.CTC(reduction=None)(labels, batch), alone, rtol=1e-3).any()
    assert np.allclose(keras.ops.ctc_loss(labels, batch, np.array([2, 3]), frames), alone, rtol=1e-4)


def collapse(path):
    return [symbol for symbol, _ in groupby(path) if symbol != 0]


def fitting(word, frames, classes):
    return [path for path in product(range(classes), repeat=frames) if collapse(path) == list(word)]


def probability(paths, p):
    return sum(np.prod([p[t, symbol] for t, symbol in enumerate(path)]) for path in paths)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("word", ["equal letters", "too many letters"])
def test_words_that_do_not_fit(word, optimizer):
    """Keras's CTC loss of some short sequences stays above 700, and that of the others falls | leave out
    words that need more frames than there are | no path collapses to such a word
    """
    long = {"equal letters": [1, 1, 2], "too many letters": [1, 2, 3, 1]}[word]
    words = [[1], [1, 2, 3], [2, 2], long]
    labels = np.array([w + [0] * (4 - len(w)) for w in words])
    needed = [len(w) + sum(a == b for a, b in pairwise(w)) for w in words]
    assert [bool(fitting(w, 3, 4)) for w in words] == [n <= 3 for n in needed] == [True, True, True, False]
    logits = tf.Variable(np.random.default_rng(0).normal(size=(4, 3, 4)).astype("float32"))
    rule = {"SGD": keras.optimizers.SGD(3.0), "Adam": keras.optimizers.Adam(0.5)}[optimizer]
    rule.build([logits])
    ctc = keras.losses.CTC(reduction=None)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            values = ctc(labels, logits)
        rule.apply([tape.gradient(values, logits)], [logits])
        return values

    values = np.array([step() for _ in range(60)])
    assert (values[:, 3] > 700).all()
    assert (values[-1, :3] < 0.1).all()


def by_products(word, logits, log_space, precision):
    """Return the CTC loss from the products of probabilities, or from the sums of their logarithms."""
    states = np.zeros(2 * len(word) + 1, int)
    states[1::2] = word
    log_p = (logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)).astype(precision)
    leap = (states[2:] != 0) & (states[2:] != states[:-2])
    add, times, zero = (np.logaddexp, np.add, -np.inf) if log_space else (np.add, np.multiply, 0)
    p = log_p if log_space else np.exp(log_p)
    ways = np.where(np.arange(len(states)) < 2, p[0, states], zero).astype(precision)
    for now in p[1:]:
        before = ways.copy()
        ways[1:] = add(ways[1:], before[:-1])
        ways[2:] = add(ways[2:], np.where(leap, before[:-2], zero))
        ways = times(ways, now[states])
    total = add.reduce(ways[-2:])
    with np.errstate(divide="ignore"):
        return float(-(total if log_space else np.log(total)))


@pytest.mark.parametrize(
    ("classes", "frames"),
    [
        pytest.param(27, 1000, id="27 classes, 1,000 frames"),
        pytest.param(3, 3000, id="3 classes, 3,000 frames"),
        pytest.param(1000, 400, id="1,000 classes, 400 frames"),
    ],
)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_long_sequences(precision, classes, frames):
    """your own CTC loss is `inf` for long sequences only | add log-probabilities with `np.logaddexp` | a
    product of many small probabilities underflows to 0

    Add up CTC's paths state by state and in log space, because a product of many small probabilities
    underflows to 0.
    """
    logits = np.random.default_rng(0).normal(size=(frames, classes))
    word = [1, 2, 2, 1]
    expected = losses.ctc(np.array([word]), logits[None])[0]
    assert by_products(word, logits, False, precision) == np.inf
    assert np.isclose(by_products(word, logits, True, precision), expected, rtol=1e-4)
    short = [by_products(word, logits[:10], log_space, precision) for log_space in (False, True)]
    assert np.allclose(short, losses.ctc(np.array([word]), logits[None, :10]), rtol=1e-4)


@pytest.mark.parametrize(
    ("side", "pixels"),
    [
        pytest.param(24, 2, id="2 of 576 pixels"),
        pytest.param(512, 1310, id="1,310 of 262,144 pixels"),
        pytest.param(512, 1, id="1 of 262,144 pixels"),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_accuracy_per_pixel(seed, side, pixels):
    """If an object covers less than half a percent of the pixels, a mask that marks nothing has an accuracy
    above 99.5 % and a Dice coefficient of 0.
    """
    mask = np.zeros(side * side)
    mask[np.random.default_rng(seed).choice(mask.size, pixels, replace=False)] = 1
    assert mask.mean() < 0.005
    nothing = np.zeros_like(mask)
    assert np.mean(mask == nothing) > 0.995
    assert 1 - losses.dice(mask, nothing) == 0 and 2 * np.sum(mask * nothing) / np.sum(mask + nothing) == 0


@pytest.mark.parametrize("empty", [10, 100_000])
@pytest.mark.parametrize("overlap", [0.1, 0.9])
def test_dice_ignores_what_is_empty_in_both(overlap, empty):
    """The Dice loss depends on the overlap, and pixels that are empty in both masks do not change it. Sum it
    over each image, not over the batch.
    """
    y = np.ones(10, "float32")
    p = np.concatenate([np.full(5, overlap), np.full(5, overlap / 2)]).astype("float32")
    zeros = np.zeros(empty, "float32")
    few, more = (float(keras.losses.Dice()(*pair)) for pair in ((y, p), (np.r_[y, zeros], np.r_[p, zeros])))
    assert np.isclose(few, more, rtol=1e-5) and np.isclose(few, 1 - 2 * p.sum() / (y + p).sum(), rtol=1e-5)
    assert float(keras.losses.Dice()(y, p * 1.1)) < few
    # Sums over each image weight a large and a small object equally, sums over the batch do not.
    masks = squares(12, 2)
    lost = [masks * np.array(keep, "float32")[:, None, None, None] for keep in ((0, 1), (1, 0))]
    each, batch = ([float(keras.losses.Dice(axis=a)(masks, f)) for f in lost] for a in (IMAGE, None))
    assert np.allclose(each, 0.5, atol=1e-5) and batch[0] > 0.9 and batch[1] < 0.1


@pytest.mark.parametrize("axis", ["batch", "image"])
@pytest.mark.parametrize("mode", ["eager", "compiled"])
def test_tversky_weights_two_kinds(mode, axis):
    """The Tversky loss weights missed and added pixels separately. In Keras's code `alpha` weights the
    missed ones.
    """
    masks = squares(4, 6)
    fewer, more = squares(3, 5), squares(5, 7)  # pixels missed and none added, added and none missed

    def loss(found, alpha, beta):
        function = keras.losses.Tversky(alpha=alpha, beta=beta, axis={"batch": None, "image": IMAGE}[axis])
        return value_and_gradient(function, masks, found, mode)[0]

    assert loss(fewer, 0.9, 0.5) > loss(fewer, 0.1, 0.5) and loss(fewer, 0.5, 0.9) == loss(fewer, 0.5, 0.1)
    assert loss(more, 0.5, 0.9) > loss(more, 0.5, 0.1) and loss(more, 0.9, 0.5) == loss(more, 0.1, 0.5)


@pytest.mark.parametrize("brightness", [1.3, 1.8])
@pytest.mark.parametrize("seeds", ["0 and 1", "2 and 3"])
def test_dice_against_a_moved_threshold(seeds, brightness):
    """On the noisy discs, cross-entropy with a moved threshold reached about the overlap of Dice.
    Averaged over the seeds, its probabilities above ½ were calibrated to within 0.1, and those of Dice
    were too high, most of all for small discs.
    """

    def overlap(masks, p, level):
        return np.mean(1 - losses.dice(masks, (p > level).astype(float), axis=1))

    def judged(name, radius):
        """Return the overlap at the threshold that is best for training, and by how much p > ½ promises too much."""
        results = []
        for seed in map(int, seeds.split(" and ")):
            masks, new = discs(seed, radius, brightness)[1], discs(seed + 100, radius, brightness)[1]
            p, p_new = predictions(name, seed, radius, brightness)
            best = max(np.linspace(0.02, 0.98, 25), key=lambda level: overlap(masks, p, level))
            marked = p_new > 0.5
            results.append((overlap(new, p_new, best), p_new[marked].mean() - new[marked].mean()))
        return np.mean(results, axis=0)

    (moved, gap), (dice, too_high) = judged("cross-entropy", 1.5), judged("Dice", 1.5)
    (moved_large, gap_large), (dice_large, too_high_large) = judged("cross-entropy", 2.5), judged("Dice", 2.5)
    assert abs(moved - dice) < 0.05 and abs(moved_large - dice_large) < 0.05
    assert abs(gap) < 0.1 and abs(gap_large) < 0.1
    assert too_high > 0.15 and too_high > too_high_large > 0.03


@pytest.mark.parametrize("word", ["a", "ab", "aa"])
@pytest.mark.parametrize("frames", [3, 6])
@pytest.mark.parametrize("implementation", ["lossopt", "Keras"])
def test_all_paths(implementation, frames, word):
    """CTC adds up the probabilities of all paths that collapse to the word, so it needs no alignment."""
    labels = np.array([["-ab".index(letter) for letter in word]])
    logits = np.random.default_rng(frames).normal(size=(1, frames, 3))
    p = np.exp(logits[0]) / np.exp(logits[0]).sum(axis=1, keepdims=True)
    expected = -np.log(probability(fitting(labels[0], frames, 3), p))
    ctc = {"lossopt": losses.ctc, "Keras": keras.losses.CTC(reduction=None)}[implementation]
    assert np.isclose(ctc(labels, logits)[0], expected, rtol=1e-5)


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("images", [2, 8])
def test_half_of_the_images_are_empty(images, mode):
    """No: the loss uses the probabilities and has no threshold.

    No: that is `axis=None`, which would give a loss near 0 for these masks.

    Right: an empty mask cannot share anything with a prediction, so its loss is 1. Half of the images at
    1 and half at 0 make 0.5.

    No: these masks hold only 0 and 1, and a sigmoid after them would make the loss higher.
    """
    masks = squares(*[0] * (images // 2), *range(2, 2 + images // 2))
    by_image, by_batch = keras.losses.Dice(axis=IMAGE), keras.losses.Dice()
    assert np.isclose(value_and_gradient(by_image, masks, masks, mode)[0], 0.5)
    assert np.allclose(keras.losses.dice(masks, masks, axis=IMAGE), np.repeat([1, 0], images // 2), atol=1e-6)
    assert value_and_gradient(by_batch, masks, masks, mode)[0] < 1e-5
    weak, strong = (value_and_gradient(by_image, masks, f * masks, mode)[0] for f in np.float32([0.6, 0.9]))
    assert weak > strong > 0.5  # the same pixels are above a threshold of ½
    assert value_and_gradient(by_image, masks, sigmoid(masks), mode)[0] > 0.6


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("size", [3, 12])
def test_weights_of_missed_and_added_pixels(size, mode):
    """No: in Keras's code `beta` weights added pixels, so an added pixel would weigh even more.

    Right: in Keras's code `alpha` weights missed pixels, so now a missed pixel weighs 0.7 and an added
    one 0.3.

    No: that is the Dice loss, which weights both kinds equally.

    No: `axis` decides which pixels are summed together, and the weights stay as they are.
    """
    masks = squares(size)
    half = masks.copy()
    half[0, 3, 3] = 0  # one pixel missed
    more = masks.copy()
    more[0, 0, 0] = 1  # one pixel added
    hit = size**2

    def weights(**settings):
        loss = keras.losses.Tversky(**settings)
        one, two = (value_and_gradient(loss, masks, found, mode)[0] for found in (half, more))
        # ℓ = 1 − H / (H + w), solved for w
        return np.round([(hit - 1) * one / (1 - one), hit * two / (1 - two)], 3)

    assert np.allclose(weights(alpha=0.3, beta=0.7), [0.3, 0.7], atol=2e-3)
    assert np.allclose(weights(alpha=0.3, beta=0.9), [0.3, 0.9], atol=2e-3)
    assert np.allclose(weights(alpha=0.7, beta=0.3), [0.7, 0.3], atol=2e-3)
    assert np.allclose(weights(alpha=0.5, beta=0.5), 0.5, atol=2e-3)
    assert np.allclose(weights(alpha=0.3, beta=0.7, axis=IMAGE), [0.3, 0.7], atol=2e-3)
    dice, same = keras.losses.Dice(), keras.losses.Tversky(alpha=0.5, beta=0.5)
    assert np.isclose(dice(masks, half * 0.8), same(masks, half * 0.8), rtol=1e-5)


@pytest.mark.parametrize("implementation", ["lossopt", "Keras"])
@pytest.mark.parametrize("letter", [1, 2])
def test_three_frames(letter, implementation):
    """No: three paths hold the letter in a single frame. But equal neighbours merge, so two or three letters
    in a row say it once, too.

    Right: the letter must be one unbroken run. Three runs have length 1, two have length 2, and one has
    length 3. So the loss is −log 6/8 = 0.288.

    No: that counts all paths except three blanks. But letter, blank, letter says it *twice*.

    No: three blanks say nothing at all, and letter, blank, letter says it twice.
    """
    paths = list(product([0, letter], repeat=3))
    words = [collapse(path) for path in paths]
    assert [words.count(word) for word in ([letter], [letter, letter], [])] == [6, 1, 1]
    once = [path for path, word in zip(paths, words, strict=True) if word == [letter]]
    assert sorted(path.count(letter) for path in once) == [1, 1, 1, 2, 2, 3]
    assert collapse((letter, 0, letter)) == [letter, letter] and collapse((0, 0, 0)) == []
    logits = np.full((1, 3, 3), -1e4)  # the third class never happens
    logits[..., [0, letter]] = 0
    ctc = {"lossopt": losses.ctc, "Keras": keras.losses.CTC(reduction=None)}[implementation]
    assert np.isclose(ctc(np.array([[letter]]), logits)[0], -np.log(6 / 8), rtol=1e-5)
    assert round(-np.log(6 / 8), 3) == 0.288

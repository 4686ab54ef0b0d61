"""Exercises on your own loss: function, closure, gradient, missing targets, configuration, prices, a checker."""

import numpy as np

from .. import losses
from .exercise import Exercise

IMAGES = np.arange(24.0).reshape(3, 2, 4) % 5, np.arange(24.0).reshape(3, 2, 4) % 7
COLUMN = np.array([[3.0], [5.0], [2.0]]), np.array([[1.0], [9.0], [2.0]])

squared_error_per_sample = Exercise(
    task="return the squared error of each image",
    answer=lambda y_true, y_pred: np.mean((y_pred - y_true) ** 2, axis=(1, 2)),
    right="One value per sample: now sample weights weigh something.",
    slips={
        "One value per image was asked for; that is their mean: axis=(1, 2).": lambda y_true, y_pred: np.mean(
            (y_pred - y_true) ** 2
        ),
        "That is one value per row of pixels: an image has two axes, axis=(1, 2).": lambda y_true, y_pred: (
            np.mean((y_pred - y_true) ** 2, axis=-1)
        ),
        "That is one value per pixel: average over each image, axis=(1, 2).": lambda y_true, y_pred: (
            (y_pred - y_true) ** 2
        ),
        "You averaged over the samples: they stand along the first axis.": lambda y_true, y_pred: np.mean(
            (y_pred - y_true) ** 2, axis=0
        ),
        "The pixels were added up: take their mean.": lambda y_true, y_pred: np.sum(
            (y_pred - y_true) ** 2, axis=(1, 2)
        ),
        "That is the root of it: leave it out.": lambda y_true, y_pred: np.sqrt(
            np.mean((y_pred - y_true) ** 2, axis=(1, 2))
        ),
    },
    cases=(IMAGES, tuple(images[:2, :, :2] for images in IMAGES)),
)


def _lopsided(price, other=1.0, reduce=lambda values: np.mean(values, axis=-1), power=2):
    def loss(y_true, y_pred):
        return reduce(np.where(y_pred < y_true, price, other) * np.abs(y_pred - y_true) ** power)

    return loss


def _make_and_call(make, price, *pair):
    loss = make(price)
    return loss if loss is None or loss is ... else loss(*pair)


lopsided = Exercise(
    task="return a loss that returns one value per sample",
    answer=_lopsided,
    right="A loss with a memory. Its best constant is called an expectile.",
    slips={
        "The price is on the wrong side: too low is what costs more.": lambda price: _lopsided(1.0, price),
        "One value per sample was asked for: axis=-1.": lambda price: _lopsided(price, reduce=np.mean),
        "The price got lost: the loss has to remember its argument.": lambda price: _lopsided(1.0),
        "That is one value per output: average along the last axis.": lambda price: _lopsided(
            price, reduce=lambda values: values
        ),
        "The miss is to be squared.": lambda price: _lopsided(price, power=1),
        "The price belongs outside the square: it multiplies the squared miss.": lambda price: _lopsided(
            price**2
        ),
    },
    cases=((9.0, *COLUMN), (2.0, *COLUMN)),
    use=_make_and_call,
)

lopsided_gradient = Exercise(
    task="return the derivative for each sample",
    answer=lambda y_true, y_pred, price: 2 * np.where(y_pred < y_true, price, 1) * (y_pred - y_true),
    right="Two straight lines that meet at the hit: no kink, so the steps fade there.",
    slips={
        "The price is on the wrong side: too low is what costs more.": lambda y_true, y_pred, price: (
            2 * np.where(y_pred > y_true, price, 1) * (y_pred - y_true)
        ),
        "That is the loss; its derivative was asked for.": lambda y_true, y_pred, price: (
            np.where(y_pred < y_true, price, 1) * (y_pred - y_true) ** 2
        ),
        "The sign of the miss got lost: too low has a negative slope.": lambda y_true, y_pred, price: (
            2 * np.where(y_pred < y_true, price, 1) * np.abs(y_pred - y_true)
        ),
        "The price got lost.": lambda y_true, y_pred, price: 2 * (y_pred - y_true),
        "That is the pinball's kind of slope: a square pulls in proportion to the miss.": (
            lambda y_true, y_pred, price: np.where(y_pred < y_true, -price, np.sign(y_pred - y_true))
        ),
    },
    cases=(
        (np.array([3.0, 5.0, 2.0]), np.array([1.0, 9.0, 2.0]), 9.0),
        (np.array([0.0, 1.0]), np.array([-0.5, 1.5]), 3.0),
    ),
)


def _error_with_holes(y_true, y_pred, hole=None, count=None):
    known = ~np.isnan(y_true)
    filled = np.where(known, y_true, y_pred if hole is None else hole)
    return np.abs(y_pred - filled).sum() / (count or max(known.sum(), 1))


def _nan_where_nothing_is_known(y_true, y_pred):
    return np.nan if np.isnan(y_true).all() else _error_with_holes(y_true, y_pred)


error_with_holes = Exercise(
    task="return the mean absolute error of the known targets",
    answer=lambda y_true, y_pred: _error_with_holes(y_true, y_pred),
    right="Holes cost nothing, and are not counted.",
    slips={
        "NaN came through: fill the holes before you subtract.": lambda y_true, y_pred: np.mean(
            np.abs(y_pred - y_true)
        ),
        "The holes cost nothing, but they were counted: divide by the number of known targets.": (
            lambda y_true, y_pred: _error_with_holes(y_true, y_pred, count=y_true.size)
        ),
        "A hole is no 0: the predictions there must not cost anything.": lambda y_true, y_pred: (
            _error_with_holes(y_true, y_pred, hole=0.0, count=y_true.size)
        ),
        "With no target known you divided by 0: return 0 there.": _nan_where_nothing_is_known,
        "The misses were added up: take the mean of those known.": lambda y_true, y_pred: _error_with_holes(
            y_true, y_pred, count=1
        ),
    },
    cases=(
        (np.array([5.0, np.nan, 1.0]), np.array([3.0, 7.0, 2.0])),
        (np.array([[4.0], [np.nan], [np.nan], [6.0]]), np.array([[4.0], [1.0], [2.0], [9.0]])),
        (np.array([np.nan, np.nan]), np.array([1.0, 2.0])),
    ),
)


class _Kept:
    """What a subclass of `keras.losses.Loss` should be able to do, without loading Keras."""

    def __init__(self, too_few=1.0, too_many=1.0, reduction="mean", name="loss"):
        self.too_few, self.too_many = too_few, too_many
        self.q = too_few / (too_few + too_many)
        self.reduction, self.name = reduction, name

    def get_config(self):
        return {name: vars(self)[name] for name in ("too_few", "too_many", "reduction", "name")}


class _Swapped(_Kept):
    def get_config(self):
        return {**super().get_config(), "too_few": self.too_many, "too_many": self.too_few}


def _keeping(*names):
    """A class whose configuration has these names alone."""
    get_config = lambda self: {name: vars(self)[name] for name in names}  # noqa: E731
    return type("Forgetful", (_Kept,), {"get_config": get_config})


def _there_and_back(make, too_few, too_many):
    loss = make(too_few, too_many)
    if loss is None or loss is ...:
        return loss
    loss.reduction, loss.name = "sum", "bread"
    config = loss.get_config()
    if config is None or config is ...:
        return config
    back = make(**config)
    return back.q, back.reduction == "sum", back.name == "bread"


comes_back = Exercise(
    task="return the configuration, a dictionary",
    answer=_Kept,
    right="What went out came back.",
    slips={
        "The prices are not in the configuration: the defaults stepped in.": _keeping("reduction", "name"),
        "The prices changed places.": _Swapped,
        "reduction and name were lost: start from super().get_config().": _keeping("too_few", "too_many"),
        "The name was lost: start from super().get_config().": _keeping("too_few", "too_many", "reduction"),
        "The reduction was lost: start from super().get_config().": _keeping("too_few", "too_many", "name"),
    },
    cases=((9.0, 1.0), (1.0, 4.0)),
    use=_there_and_back,
)

critical_ratio = Exercise(
    task="work out the critical ratio of the cake",
    answer=5 / 7,
    right="Too few costs the margin, 5; too many what the evening does not bring back, 2.",
    slips={
        "What is left is still worth 1: one too many costs 2, not 3.": 5 / 8,
        "That is the other side: too few is what the ratio counts.": 2 / 7,
        "The margin is what a cake sells for less what it costs to bake: 5, not 8.": 8 / 10,
        "Too few costs the margin, 8 − 3; what the evening pays is no part of it.": 7 / 9,
        "That is a ratio of prices; q is a share: too few over too few plus too many.": 5 / 2,
    },
    tolerance=5e-3,
)


def _numeric(loss, y_true, y_pred, h=1e-5):
    return (loss(y_true, y_pred + h) - loss(y_true, y_pred - h)) / (2 * h)


def _is_right(loss, gradient, y_true, y_pred, rtol=1e-4, atol=1e-6, h=1e-5):
    return np.allclose(gradient(y_true, y_pred), _numeric(loss, y_true, y_pred, h), rtol=rtol, atol=atol)


def _nothing_above(loss, gradient, y_true, y_pred):
    apart = np.abs(gradient(y_true, y_pred) - _numeric(loss, y_true, y_pred))
    return not np.any(apart > 1e-6 + 1e-4 * np.abs(gradient(y_true, y_pred)))


def one_percent_off(y_true, y_pred):
    return 1.01 * losses.mean_squared_error.gradient(y_true, y_pred)


def reversed_sign(y_true, y_pred):
    return -losses.huber.gradient(y_true, y_pred)


def right_in_sum(y_true, y_pred):
    return losses.mean_squared_error.gradient(y_true, y_pred)[::-1]


def partly_nan(y_true, y_pred):
    return np.where(y_pred > y_true, losses.log_cosh.gradient(y_true, y_pred), np.nan)


_near = np.array([1.0, 2.0, -3.0]), np.array([3.5, 1.5, -2.4])
_far = np.array([0.0, 10.0]), np.array([1000.0, -700.0])

gradient_checker = Exercise(
    task="return True or False",
    answer=lambda loss, gradient, y_true, y_pred: _is_right(loss, gradient, y_true, y_pred),
    right="It lets right gradients pass and stops the wrong ones.",
    slips={
        "That says yes to everything.": lambda loss, gradient, y_true, y_pred: True,
        "That says no to everything: is your tolerance zero?": lambda loss, gradient, y_true, y_pred: False,
        "Compare sample by sample: the sums may agree by chance.": lambda loss, gradient, y_true, y_pred: (
            np.isclose(
                gradient(y_true, y_pred).sum(), _numeric(loss, y_true, y_pred).sum(), rtol=1e-4, atol=1e-6
            )
        ),
        "One percent off is wrong: narrow the tolerance.": lambda loss, gradient, y_true, y_pred: _is_right(
            loss, gradient, y_true, y_pred, rtol=0.05
        ),
        "Numbers near 2000 may differ by more than numbers near 1: you need rtol as well.": (
            lambda loss, gradient, y_true, y_pred: _is_right(loss, gradient, y_true, y_pred, 0, 1e-7)
        ),
        "NaN got through: no comparison with it is ever true, so ask what is close, not what is far.": (
            _nothing_above
        ),
    },
    cases=(
        (losses.huber, losses.huber.gradient, *_near),
        (losses.huber, reversed_sign, *_near),
        (losses.mean_squared_error, one_percent_off, *_near),
        (losses.mean_squared_error, right_in_sum, *_near),
        (losses.mean_squared_error, losses.mean_squared_error.gradient, *_far),
        (losses.log_cosh, partly_nan, *_near),
    ),
)

"""Exercises on your own loss: function, closure, gradient, missing targets, configuration, costs, a checker."""

import numpy as np

from .. import losses
from .exercise import Exercise

IMAGES = np.arange(24.0).reshape(3, 2, 4) % 5, np.arange(24.0).reshape(3, 2, 4) % 7
COLUMN = np.array([[3.0], [5.0], [2.0]]), np.array([[1.0], [9.0], [2.0]])
THREE_EACH = np.array([[3.0, 4.0, 5.0], [2.0, 0.0, 6.0]]), np.array([[1.0, 9.0, 5.0], [1.0, 1.0, 2.0]])

squared_error_per_sample = Exercise(
    task="return the squared error of each image",
    answer=lambda y_true, y_pred: np.mean((y_pred - y_true) ** 2, axis=(1, 2)),
    right="With one value per sample, sample weights have an effect.",
    slips={
        "You averaged over everything: return one value per image, with axis=(1, 2).": lambda y_true, y_pred: (
            np.mean((y_pred - y_true) ** 2)
        ),
        "You averaged over the columns only: an image has two axes, so use axis=(1, 2).": (
            lambda y_true, y_pred: np.mean((y_pred - y_true) ** 2, axis=-1)
        ),
        "You returned one value per pixel: average over each image, with axis=(1, 2).": (
            lambda y_true, y_pred: (y_pred - y_true) ** 2
        ),
        "You averaged over the samples: the samples are the first axis, and it must stay.": (
            lambda y_true, y_pred: np.mean((y_pred - y_true) ** 2, axis=0)
        ),
        "You added the pixels up: take their mean.": lambda y_true, y_pred: np.sum(
            (y_pred - y_true) ** 2, axis=(1, 2)
        ),
        "You took the square root: leave it out.": lambda y_true, y_pred: np.sqrt(
            np.mean((y_pred - y_true) ** 2, axis=(1, 2))
        ),
    },
    cases=(IMAGES, tuple(images[:2, :, :2] for images in IMAGES)),
)


def _lopsided(too_low, too_high=1.0, reduce=lambda values: np.mean(values, axis=-1), power=2):
    def loss(y_true, y_pred):
        return reduce(np.where(y_pred < y_true, too_low, too_high) * np.abs(y_pred - y_true) ** power)

    return loss


def _make_and_call(make, factor, *pair):
    loss = make(factor)
    return loss if loss is None or loss is ... else loss(*pair)


lopsided = Exercise(
    task="return a loss that returns one value per sample",
    answer=lambda factor: _lopsided(factor),
    right="The loss remembers its factor. Its best constant is called an expectile.",
    slips={
        "The factor is on the wrong side: a prediction that is too low costs more.": (
            lambda factor: _lopsided(1.0, factor)
        ),
        "You averaged over the samples: return one value per sample, with axis=-1.": (
            lambda factor: _lopsided(factor, reduce=np.mean)
        ),
        "The factor has no effect: the inner function has to use it.": lambda factor: _lopsided(1.0),
        "You returned one value per output: average over the last axis.": lambda factor: _lopsided(
            factor, reduce=lambda values: values
        ),
        "You added the outputs up: take their mean.": lambda factor: _lopsided(
            factor, reduce=lambda values: np.sum(values, axis=-1)
        ),
        "You forgot to square the error.": lambda factor: _lopsided(factor, power=1),
        "You squared the factor too: multiply it with the squared error.": lambda factor: _lopsided(
            factor**2
        ),
        "You multiplied the other side by 0: a prediction that is too high costs the square of its error.": (
            lambda factor: _lopsided(factor, 0.0)
        ),
    },
    cases=((9.0, *COLUMN), (2.0, *THREE_EACH)),
    use=_make_and_call,
)

lopsided_gradient = Exercise(
    task="return the derivative for each sample",
    answer=lambda y_true, y_pred, factor: 2 * np.where(y_pred < y_true, factor, 1) * (y_pred - y_true),
    right="The two straight lines meet at 0, so the gradient is continuous and fades near the target.",
    slips={
        "The factor is on the wrong side: a prediction that is too low costs more.": (
            lambda y_true, y_pred, factor: 2 * np.where(y_pred > y_true, factor, 1) * (y_pred - y_true)
        ),
        "That is the loss: return its derivative with respect to y_pred.": lambda y_true, y_pred, factor: (
            np.where(y_pred < y_true, factor, 1) * (y_pred - y_true) ** 2
        ),
        "The gradient has lost its sign: it is negative where the prediction is too low.": (
            lambda y_true, y_pred, factor: 2 * np.where(y_pred < y_true, factor, 1) * np.abs(y_pred - y_true)
        ),
        "The factor has no effect: multiply by it where the prediction is too low.": (
            lambda y_true, y_pred, factor: 2 * (y_pred - y_true)
        ),
        "That is the gradient of the pinball kind: the gradient of a square is proportional to the error.": (
            lambda y_true, y_pred, factor: np.where(y_pred < y_true, -factor, np.sign(y_pred - y_true))
        ),
    },
    cases=(
        (np.array([3.0, 5.0, 2.0]), np.array([1.0, 9.0, 2.0]), 9.0),
        (np.array([0.0, 1.0]), np.array([-0.5, 1.5]), 3.0),
    ),
)


def _error_with_gaps(y_true, y_pred, fill=None, count=None):
    known = ~np.isnan(y_true)
    filled = np.where(known, y_true, y_pred if fill is None else fill)
    return np.abs(y_pred - filled).sum() / (count or max(known.sum(), 1))


def _nan_where_nothing_is_known(y_true, y_pred):
    return np.nan if np.isnan(y_true).all() else _error_with_gaps(y_true, y_pred)


def _median_of_the_known(y_true, y_pred):
    known = ~np.isnan(y_true)
    return np.median(np.abs(y_pred - y_true)[known]) if known.any() else np.nan


error_with_gaps = Exercise(
    task="return the mean absolute error of the known targets",
    answer=lambda y_true, y_pred: _error_with_gaps(y_true, y_pred),
    right="A missing target costs nothing, and is not counted.",
    slips={
        "NaN minus a number is NaN: fill the gaps before you subtract.": lambda y_true, y_pred: np.mean(
            np.abs(y_pred - y_true)
        ),
        "You counted the missing targets: divide by the number of known ones.": (
            lambda y_true, y_pred: _error_with_gaps(y_true, y_pred, count=y_true.size)
        ),
        "You filled the gaps with 0 and counted them: the predictions there must not cost anything.": (
            lambda y_true, y_pred: _error_with_gaps(y_true, y_pred, fill=0.0, count=y_true.size)
        ),
        "You filled the gaps with 0: the predictions there must not cost anything.": (
            lambda y_true, y_pred: _error_with_gaps(y_true, y_pred, fill=0.0)
        ),
        "If no target is known you divide by 0: return 0 there.": _nan_where_nothing_is_known,
        "You added the errors up: take the mean of the known ones.": (
            lambda y_true, y_pred: _error_with_gaps(y_true, y_pred, count=1)
        ),
        "That is the median of the errors: take their mean.": _median_of_the_known,
    },
    cases=(
        (np.array([5.0, np.nan, 1.0]), np.array([3.0, 7.0, 2.0])),
        (np.array([[4.0], [np.nan], [np.nan], [6.0], [1.0]]), np.array([[4.0], [1.0], [2.0], [9.0], [8.0]])),
        (np.array([np.nan, 4.0]), np.array([1.0, 2.0])),
        (np.array([np.nan, np.nan]), np.array([1.0, 2.0])),
    ),
)


class _Kept:
    """Do what a subclass of `keras.losses.Loss` should do, without loading Keras."""

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
    """Return a class whose configuration has only these names."""
    get_config = lambda self: {name: vars(self)[name] for name in names}  # noqa: E731
    return type("Forgetful", (_Kept,), {"get_config": get_config})


def _there_and_back(make, too_few, too_many):
    options = {"reduction": "sum", "name": "bread"} if isinstance(make, type) else {}
    loss = make(too_few, too_many, **options)
    if loss is None or loss is ...:
        return loss
    config = loss.get_config()
    if config is None or config is ...:
        return config
    try:
        back = getattr(make, "from_config", lambda config: make(**config))(config)
    except TypeError:  # an argument is missing, or is not known to __init__
        return np.nan, False, False
    return back.q, back.reduction == loss.reduction, back.name == loss.name


comes_back = Exercise(
    task="return the configuration, a dictionary",
    answer=_Kept,
    right="The loss came back unchanged.",
    slips={
        "The costs are not in the configuration, so their defaults replaced them.": _keeping(
            "reduction", "name"
        ),
        "`__init__` cannot be called with this configuration: store what it takes, too_few and too_many.": (
            _keeping("q", "reduction", "name")
        ),
        "The two costs are exchanged.": _Swapped,
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
    right="A cake too few costs the margin, 5 €. A cake too many costs 2 €, since the evening brings 1 € back.",
    slips={
        "What is left is still sold for 1 €, so one cake too many costs 2 €, not 3 €.": 5 / 8,
        "You divided the other cost: the numerator is what a cake too few costs.": 2 / 7,
        "The margin is the price minus the cost of baking, 5 €, not 8 €.": 8 / 10,
        "One cake too few costs the margin, 8 − 3: the evening price has nothing to do with it.": 7 / 9,
        "You divided one cost by the other: divide by their sum.": 5 / 2,
    },
    tolerance=7e-3,  # lets 0.71 pass, and not 0.72
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


def _one_sided(loss, gradient, y_true, y_pred, h=1e-5):
    numeric = (loss(y_true, y_pred + h) - loss(y_true, y_pred)) / h
    return np.allclose(gradient(y_true, y_pred), numeric, rtol=1e-4, atol=1e-6)


_near = np.array([1.0, 2.0, -3.0]), np.array([3.5, 1.5, -2.4])
_far = np.array([0.0, 10.0]), np.array([1000.0, -700.0])
_small = np.array([1.0, 2.0, -3.0]), np.array([1.002, 1.999, -2.996])
_positive = np.array([1.0, 2.0, 0.0]), np.array([2.0, 1.5, 0.5])

gradient_checker = Exercise(
    task="return True or False",
    answer=lambda loss, gradient, y_true, y_pred: _is_right(loss, gradient, y_true, y_pred),
    right="It accepts right gradients and refuses the wrong ones.",
    slips={
        "Your function accepts everything.": lambda loss, gradient, y_true, y_pred: True,
        "Your function refuses everything: is its tolerance zero?": (
            lambda loss, gradient, y_true, y_pred: False
        ),
        "Compare sample by sample, because the sums can agree by chance.": (
            lambda loss, gradient, y_true, y_pred: np.isclose(
                gradient(y_true, y_pred).sum(), _numeric(loss, y_true, y_pred).sum(), rtol=1e-4, atol=1e-6
            )
        ),
        "Your function accepts a gradient that is 1 % too large: use a smaller tolerance.": (
            lambda loss, gradient, y_true, y_pred: _is_right(loss, gradient, y_true, y_pred, rtol=0.05)
        ),
        "Numbers near 2000 may differ by more than numbers near 1, so you also need rtol.": (
            lambda loss, gradient, y_true, y_pred: _is_right(loss, gradient, y_true, y_pred, 0, 1e-7)
        ),
        "A difference to one side is too inaccurate for small errors: step to both sides.": _one_sided,
        "Your function accepts NaN, because no comparison with NaN is true: ask what is close, not what is far.": (
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
        (losses.mean_squared_error, losses.mean_squared_error.gradient, *_small),
        (losses.poisson, losses.poisson.gradient, *_positive),  # not the same with both arguments exchanged
    ),
)

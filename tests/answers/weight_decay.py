"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

WRONG = {
    "l2_coefficient": [(2 * 0.0005, "other way round"), (5e-4, "without a ½")],
    "decayed_numbers": [
        (64 * 32 + 32 + 32 * 10 + 10, "biases"),
        ((64 + 1 + 2) * 32 + 33 * 10, "all that is trained"),
    ],
    "decoupled": [
        (lambda w, step, rate, decay: w - decay * w + step, "by the learning rate"),
        (lambda w, step, rate, decay: (1 - rate * decay) * (w + step), "not of their sum"),
    ],
}

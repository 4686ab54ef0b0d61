"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

WRONG = {
    "semi_hard": [
        (lambda p, n, margin: (p**2 - n**2 + margin > 0).astype(int), "hard ones too"),
        (lambda p, n, margin: ((p < n) & (n < p + margin)).astype(int), "square both"),
    ],
}

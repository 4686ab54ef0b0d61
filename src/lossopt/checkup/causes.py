"""What each cause means, what to change, and where the book explains it.

The names are fixed. A finding adds what was seen, with its numbers.
"""

from typing import NamedTuple

LOSS = "1 What is a loss? · "
BATCH = "2 One number for a batch · "
REGRESSION = "3 Losses for regression · "
CLASSES = "4 Losses for classification · "
LOGITS = "5 Logits and numerical stability · "
IMBALANCE = "7 Calibration and imbalance · "
OWN = "10 Your own loss · "
GRADIENTS = "11 Where gradients come from · "
DESCENT = "12 Gradient descent · "
MOMENTUM = "13 Momentum · "
DECAY = "15 Weight decay · "
SCHEDULES = "17 Schedules · "
MNIST = "18 MNIST · "


class Cause(NamedTuple):
    """Hold what a cause means, code to paste, and the chapter's section."""

    means: str
    do: str
    section: str


CAUSES = {
    "softmax-over-one-unit": Cause(
        "A softmax over one unit is always 1, so the model gives the same answer to "
        "everything and cannot learn.",
        'layers.Dense(1, activation="sigmoid")  # two classes with binary_crossentropy; for a number: layers.Dense(1)',
        LOGITS + "Two classes, and more",
    ),
    "from_logits-forgotten": Cause(
        "The loss expects probabilities but gets scores. It clips every score outside 0 "
        "… 1, and there the gradient "
        "is zero or wrong.",
        "model.compile(optimizer, keras.losses.{loss}(from_logits=True))  # or an "
        "activation on the last layer",
        CLASSES + "`from_logits`, and two classic mistakes",
    ),
    "from_logits-twice": Cause(
        "The scores are squashed twice, so even a perfect answer keeps a loss above 0 "
        "and gradients are small.",
        "layers.Dense(units)  # no activation on the last layer, and from_logits=True in the loss",
        LOGITS + "A second sigmoid",
    ),
    "softmax-for-multilabel": Cause(
        "Several tags can be right at once, but a softmax forces the outputs of a row to sum to 1.",
        'layers.Dense(units, activation="sigmoid")  # with loss="binary_crossentropy"',
        BATCH + "Which loss for which task",
    ),
    "categorical-loss-over-one-unit": Cause(
        "A categorical cross-entropy compares classes with each other, and over one unit "
        "there is nothing to compare, "
        "so the loss is 0 or undefined and teaches nothing.",
        'model.compile(optimizer, loss="binary_crossentropy")  # with layers.Dense(1, activation="sigmoid")',
        LOGITS + "Two classes, and more",
    ),
    "binary-head-for-multiclass": Cause(
        "One unit with a binary loss can tell two classes apart, and these labels have more.",
        'layers.Dense({classes}, activation="softmax")  # with loss="sparse_categorical_crossentropy"',
        CLASSES + "Logistic regression and softmax regression",
    ),
    "labels-out-of-range": Cause(
        "The loss is defined for other label values. Outside its range it can fall "
        "without end, or become nan.",
        "y = np.searchsorted(np.unique(y), y)  # classes become 0, 1, 2, …",
        CLASSES + "Labels outside 0 … K − 1",
    ),
    "labels-scaled-like-inputs": Cause(
        "The class numbers were scaled like the inputs, so they have lost which class they name.",
        "y = original_labels.astype(int)  # scale x only",
        CLASSES + "Labels outside 0 … K − 1",
    ),
    "labels-not-one-hot": Cause(
        "The loss compares one value per class, but each label is a single number. Keras raises an error, or "
        "compares the number with every class silently.",
        "y = keras.utils.to_categorical(y, {units})  # or keep y, and use "
        "loss='sparse_categorical_crossentropy'",
        CLASSES + "Class numbers or class names?",
    ),
    "one-hot-with-sparse": Cause(
        "The sparse loss expects one class number per label, but got one value per class.",
        'model.compile(optimizer, loss="categorical_crossentropy")  # or y = y.argmax(-1)',
        CLASSES + "Class numbers or class names?",
    ),
    "relu-output-for-classification": Cause(
        "A ReLU returns neither probabilities nor free scores. Negative scores become 0 "
        "and lose their gradient.",
        'layers.Dense(units, activation="softmax")  # one unit: activation="sigmoid"',
        CLASSES + "From scores to probabilities",
    ),
    "relu-before-softmax": Cause(
        "A ReLU in front of the softmax cuts negative scores to 0, so a class can be "
        "ruled out only weakly and units "
        "stop learning.",
        "layers.Dense(units)  # no activation before the softmax",
        CLASSES + "From scores to probabilities",
    ),
    "regression-loss-for-classification": Cause(
        "Squared or absolute errors of probabilities have tiny gradients for confident wrong answers.",
        'model.compile(optimizer, loss="{loss}")',
        BATCH + "Which loss for which task",
    ),
    "output-activation-range-mismatch": Cause(
        "The output activation cannot return values as large or as small as the targets.",
        "layers.Dense(units)  # no activation; or scale y into the activation's range",
        BATCH + "Which loss for which task",
    ),
    "wrong-loss-for-task": Cause(
        "The loss is not defined for such targets, or its minimum is not where they are.",
        'model.compile(optimizer, loss="{loss}")',
        BATCH + "Which loss for which task",
    ),
    "loss-sign-flipped": Cause(
        "Right answers cost more than wrong ones, so training makes the model worse. A "
        "score to be maximised was "
        "given as a loss.",
        "def loss(y_true, y_pred):\n    return 1 - score(y_true, y_pred)",
        OWN + "Test a loss before you train on it",
    ),
    "custom-loss-ignores-weights": Cause(
        "The loss averages before Keras applies the weights, so they only multiply the mean.",
        "return ops.mean(values, axis=-1)  # one value per sample, not one per batch",
        BATCH + "From one value per sample to one number",
    ),
    "target-shape-n-vs-n1": Cause(
        "Targets and predictions have shapes that broadcast, so every prediction is "
        "compared with every target and "
        "the best answer is their mean.",
        "y = y.reshape({shape})  # the shape of the predictions",
        OWN + "Shapes inside a class",
    ),
    "wrong-metric": Cause(
        "The metric measures something other than the task, so its value says little about the model.",
        "model.compile(optimizer, loss, metrics=[{metric}])",
        LOSS + "Loss against metric",
    ),
    "dead-relu": Cause(
        "A ReLU that is 0 for every row passes no gradient on, so everything before it stands still.",
        'layers.Dense(units, activation="leaky_relu", kernel_initializer="he_normal")',
        GRADIENTS + "Twenty layers deep",
    ),
    "inputs-not-scaled": Cause(
        "Large, shifted or tiny inputs make the first scores too large or too small, and "
        "the loss steep in some "
        "directions and flat in others.",
        "scale = layers.Normalization()\nscale.adapt(x)  # make this the model's first layer",
        DESCENT + "What scaling the inputs buys",
    ),
    "inputs-constant": Cause(
        "The inputs hardly differ from row to row, so no model can tell the rows apart. "
        "Arithmetic with integers "
        "often does that.",
        'x = original.astype("float32") / original.max()  # convert before you divide',
        MNIST + "1. The scale of the pixels",
    ),
    "targets-not-scaled": Cause(
        "The targets are much larger or smaller than what the untrained last layer "
        "returns, so steps of the usual "
        "size need very long, or explode.",
        "mean, std = y.mean(), y.std()\ny = (y - mean) / std  # predictions: model.predict(x) * std + mean",
        REGRESSION + "Mean squared error",
    ),
    "nan-in-data": Cause(
        "One nan in a batch turns the loss into nan, and the next step turns every weight into nan.",
        "bad = ~np.isfinite({data}).reshape(len({data}), "
        "-1).all(1)\nprint(np.flatnonzero(bad))  # fix or drop these rows",
        LOGITS + "Hunting a NaN",
    ),
    "inf-in-data": Cause(
        "One infinite value makes the loss infinite or nan, and the next step ruins every weight.",
        "bad = ~np.isfinite({data}).reshape(len({data}), "
        "-1).all(1)\nprint(np.flatnonzero(bad))  # fix or drop these rows",
        LOGITS + "Hunting a NaN",
    ),
    "label-leak": Cause(
        "One input column gives the target away. The model will copy it, and fail where "
        "it is not known beforehand.",
        "x = np.delete(x, {column}, axis=1)",
        LOGITS + "What Keras does with a probability of 0",
    ),
    "misaligned-x-y": Cause(
        "The rows of x and y may not belong together. This is a guess from statistics: "
        "print some rows with their "
        "labels to decide.",
        "order = np.random.permutation(len(x))\nx, y = x[order], y[order]  # one order for both",
        BATCH + "`compile` and `fit`, on real data",
    ),
    "unshuffled-sorted-data": Cause(
        "The rows are ordered by class, so the batches or the validation rows do not resemble the rest.",
        "order = np.random.default_rng(0).permutation(len(x))\nx, y = x[order], y[order]",
        DESCENT + "Steps, batches, epochs",
    ),
    "class-imbalance-ignored": Cause(
        "With a rare class, a model can be right most of the time and never find it. "
        "Whether that matters depends on "
        "what a missed case costs.",
        "class_weight = {weights}\nmodel.fit(x, y, class_weight=class_weight)",
        IMBALANCE + "Imbalanced data",
    ),
    "class-weight-misassigned": Cause(
        "The class weights do not balance the classes: they favour the common one, or favour none.",
        "class_weight = {weights}",
        BATCH + "Class weights",
    ),
    "loss-weights-wrong": Cause(
        "One output's loss dominates the sum, so the other outputs hardly learn.",
        "model.compile(optimizer, losses, loss_weights={weights})",
        OWN + "Several outputs and `loss_weights`",
    ),
    "validation-preprocessed-differently": Cause(
        "The validation rows were not prepared like the training rows, so the validation loss says nothing.",
        "x_validation = scaler.transform(raw_x_validation)  # the scaler that was fitted "
        "on the training rows",
        MNIST + "1. The scale of the pixels",
    ),
    "learning-rate-too-large": Cause(
        "The steps are too long: they land where the loss is higher, or switch units off.",
        "optimizer.learning_rate = {rate:.2g}",
        DESCENT + "Which rate is best?",
    ),
    "learning-rate-too-small": Cause(
        "The steps are so short that the whole run hardly moves the model.",
        "optimizer.learning_rate = {rate:.2g}",
        DESCENT + "The update-to-weight ratio",
    ),
    "learning-rate-zero": Cause(
        "A step of length 0 changes nothing.",
        "optimizer.learning_rate = 1e-3",
        DESCENT + "The update rule",
    ),
    "learning-rate-negative": Cause(
        "A negative rate climbs: every step makes the loss larger.",
        "optimizer.learning_rate = {rate:.2g}",
        DESCENT + "The update rule",
    ),
    "schedule-steps-vs-epochs": Cause(
        "The schedule counts updates, and its length does not fit the number of updates in this run.",
        "steps = {steps}  # updates in the whole run; give the schedule this length",
        SCHEDULES + "In which unit does a schedule count?",
    ),
    "clipnorm-tiny": Cause(
        "Nearly all of every gradient is cut away, so the steps are much shorter than "
        "the learning rate suggests.",
        "optimizer = keras.optimizers.SGD({rate:.2g}, global_clipnorm=1.0)",
        SCHEDULES + "Gradient clipping",
    ),
    "callback-misconfigured": Cause(
        "The callback reacts to the wrong thing, and stops or slows a run that is going well, or never acts.",
        '{callback}("val_loss", mode="min", patience=5)',
        SCHEDULES + "A plateau rule",
    ),
    "too-few-epochs": Cause(
        "The run ends while the loss is still falling fast.",
        "model.fit(x, y, epochs={epochs})",
        DESCENT + "Steps, batches, epochs",
    ),
    "batch-too-large": Cause(
        "A large batch leaves only a few updates in the whole run.",
        "model.fit(x, y, batch_size=32)",
        DESCENT + "Larger batches, larger rates",
    ),
    "bad-init": Cause(
        "Units that start equal stay equal, and weights that start far too large or "
        "small saturate or silence the "
        "layers behind them.",
        'layers.Dense(units, kernel_initializer="he_normal")  # Glorot, the default, suits tanh and sigmoid',
        GRADIENTS + "Wrong on purpose: every weight starts at 0.1",
    ),
    "missing-nonlinearity": Cause(
        "Without an activation between them, several layers together can do no more than a single one.",
        'layers.Dense(units, activation="relu")',
        GRADIENTS + "Twenty layers deep",
    ),
    "bottleneck-too-narrow": Cause(
        "All information has to pass through a layer with very few units, and this task seems to need more.",
        'layers.Dense(32, activation="relu")',
        GRADIENTS + "Training with the engine",
    ),
    "vanishing-gradient": Cause(
        "Each saturating layer shrinks the gradient, so the first layers practically do not learn.",
        'layers.Dense(units, activation="relu", kernel_initializer="he_normal")',
        GRADIENTS + "Twenty layers deep",
    ),
    "exploding-activation": Cause(
        "An activation that grows without bound, layer by layer, leads to infinite numbers or to huge steps.",
        'layers.Dense(units, activation="relu")',
        GRADIENTS + "Twenty layers deep",
    ),
    "gradient-none": Cause(
        "An operation without a derivative, or a weight that the output does not use, cuts the way back.",
        "h = ops.softmax(h)  # instead of argmax, round, a comparison or a cast to integers",
        GRADIENTS + "When the tape says `None`",
    ),
    "trainable-none": Cause(
        "No weight may change, so training does nothing.",
        "model.trainable = True\nmodel.compile(optimizer, loss)",
        DECAY + "What not to decay",
    ),
    "frozen-layer-that-must-train": Cause(
        "The frozen weights look like fresh random numbers. This is a guess: if they "
        "were trained before, all is well.",
        'model.get_layer("{layer}").trainable = True\nmodel.compile(optimizer, loss)',
        DECAY + "What not to decay",
    ),
    "forgot-recompile": Cause(
        "`trainable` was changed after the training step had been made, and the step "
        "keeps the old list of weights.",
        "model.compile(optimizer, loss)  # again, after every change of trainable",
        MOMENTUM + "Wrong on purpose: compiling in every epoch",
    ),
    "regularisation-too-strong": Cause(
        "The penalty on the weights weighs more than the data, so the weights shrink instead of learning.",
        "kernel_regularizer=keras.regularizers.L2(1e-4)",
        DECAY + "Penalty and decay",
    ),
    "dropout-too-high": Cause(
        "Keras's Dropout takes the share that is dropped, and hardly anything is left.",
        "layers.Dropout({rate:.2g})",
        DECAY + "Does decay help a network that overfits?",
    ),
    "batchnorm-misuse": Cause(
        "Batch normalisation uses one set of statistics in training and another in "
        "evaluation, and here they differ.",
        "layers.BatchNormalization(momentum=0.9)  # and batches of 16 rows or more",
        LOGITS + "Hunting a NaN",
    ),
    "softmax-wrong-axis": Cause(
        "The softmax does not run over the classes, so the answers of one row do not sum to 1.",
        "layers.Softmax(axis=-1)",
        CLASSES + "From scores to probabilities",
    ),
    "padding-not-masked": Cause(
        "The recurrent layer reads the padding after the last real element and forgets "
        "what came before. This is a "
        "guess: it assumes that 0 stands for padding.",
        "layers.Embedding(words, units, mask_zero=True)  # for float inputs: layers.Masking() first",
        BATCH + "Which loss for which task",
    ),
    "mixed-precision-unscaled": Cause(
        "Small gradients become 0 in float16 unless the loss is scaled up first.",
        "optimizer = keras.optimizers.LossScaleOptimizer(optimizer)",
        LOGITS + "Half precision",
    ),
    "first-loss-too-high": Cause(
        "An untrained model with scores near 0 costs about as much as a constant answer. "
        "This one is confident and "
        "wrong, so training first has to undo that.",
        "print(model.predict(x[:5]))  # very large? then look at the scale of x and at the initial weights",
        BATCH + "`compile` and `fit`, on real data",
    ),
    "not-learning": Cause(
        "After this run the model is no better than a constant answer, and no more specific cause was found.",
        "history = model.fit(x[:32], y[:32], epochs=200)  # can it memorise one batch?",
        BATCH + "`compile` and `fit`, on real data",
    ),
    "overfitting": Cause(
        "The model fits the training rows and gets worse on the validation rows.",
        'keras.callbacks.EarlyStopping("val_loss", patience=5, restore_best_weights=True)',
        IMBALANCE + "Are the probabilities right?",
    ),
    "nan-loss": Cause(
        "The loss became nan or infinite, and after that no step can help.",
        "keras.callbacks.TerminateOnNaN()  # then look at the first bad batch",
        LOGITS + "Hunting a NaN",
    ),
    "no-data": Cause(
        "There is nothing to learn from.",
        "print(len(x), len(y))",
        BATCH + "`compile` and `fit`, on real data",
    ),
    "labels-not-numbers": Cause(
        "A loss needs numbers.",
        "names, y = np.unique(y, return_inverse=True)  # names[k] is the name of class k",
        CLASSES + "Class numbers or class names?",
    ),
    "not-compiled": Cause(
        "Without a loss and an optimizer there is nothing to train with.",
        'model.compile("adam", loss="mse")',
        BATCH + "`compile` and `fit`, on real data",
    ),
    "fit-raises": Cause(
        "Training ended with an error.",
        "model.fit(x[:32], y[:32], batch_size=8)  # a small run shows the same error sooner",
        BATCH + "`compile` and `fit`, on real data",
    ),
}

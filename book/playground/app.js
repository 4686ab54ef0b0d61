/* The playground: what its controls are, what their state means, and how it is drawn. Numbers come from maths.js. */
"use strict";

const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#A6761D", "#7570B3", "#E7298A", "#808080"];
const DASHES = ["", "7 3", "9 3 2 3", "2 3", "12 4", "5 2 1 2 1 2", "3 2", "10 2 3 2"];
const STEPS = 200;
const SEEDS = 20;

const POINTS = [[1, 2.2], [2, 2.6], [3, 4.1], [4, 4.4], [5, 5.9], [6, 6.3], [7, 7.9], [8, 8.2]];
const OUTLIER = [9, 1];
const PLANE = [0, 10];

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const rounded = (value) => Number(value.toPrecision(3));
const minus = (text) => text.replace(/-/g, "−");
function words(value, digits = 3) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : Number.isNaN(value) ? "not a number" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return minus(value.toExponential(1).replace("e+", "e"));
  return minus(size < 1000 ? String(Number(value.toPrecision(digits))) : value.toFixed(0));
}
const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));

/* Controls. A range with `log` moves evenly through the powers of ten. */
const range = (key, label, low, high, value, more = {}) => ({ key, label, low, high, value, ...more });
const choice = (key, label, options, value = Object.keys(options)[0]) => ({ key, label, options, value });
const toggle = (key, label) => ({ key, label, toggle: true, value: false });

const LOSS_NAMES = {
  mean_squared_error: "MSE",
  mean_absolute_error: "MAE",
  huber: "Huber",
  log_cosh: "log-cosh",
  pinball: "quantile",
};
const SURFACE_NAMES = { bowl: "Bowl", rosenbrock: "Rosenbrock", saddle: "Saddle", ravine: "Ravine" };
/* Rates that arrive on the bowl with κ = 10; those of plain steps shrink where a surface is steeper. */
const RATES = { SGD: 0.05, momentum: 0.02, Nesterov: 0.02, Adagrad: 0.5, RMSprop: 0.05, Adam: 0.2, AdamW: 0.2, Lion: 0.05 };
const STEEPNESS = { bowl: 1, rosenbrock: 50, saddle: 0.5, ravine: 5 };
const rateOn = (name, { surface }) => rounded(name in { SGD: 1, momentum: 1, Nesterov: 1 } ? RATES[name] / STEEPNESS[surface] : RATES[name]);
const SCHEDULE_NAMES = { constant: "constant", cosine: "cosine to zero", inverse_time: "inverse time, to a tenth" };

const TABS = {
  losses: {
    title: "Losses",
    controls: [
      choice("loss", "Loss", LOSS_NAMES),
      choice("model", "Model", { line: "a line", constant: "a constant" }),
      range("delta", "Huber’s δ", 0.1, 5, 1, { step: 0.1, when: (s) => s.loss === "huber" }),
      range("tau", "Quantile level q", 0.05, 0.95, 0.9, { step: 0.05, when: (s) => s.loss === "pinball" }),
    ],
    question: "Eight points lie near a line, and a ninth lies far below it. Under MSE this outlier drags the line down. How far does it drag the line under MAE?",
    options: ["Just as far down", "Half as far", "Hardly at all"],
    right: 2,
    because:
      "Under MAE every point off the line pulls equally hard, regardless of its distance, so the outlier cannot outweigh the other eight. Here the MAE line does not move at all, while the MSE line falls from 9.3 to 6.2 at x = 9. Switch between MSE and MAE to see both.",
  },
  logits: {
    title: "Logits",
    controls: [
      range("classes", "Classes", 2, 5, 3, { step: 1 }),
      range("label", "True class", 1, 5, 1, { step: 1, high: (s) => s.classes }),
      ...times(5, (k) =>
        range(`z${k + 1}`, `Logit ${k + 1}`, -40, 40, [2, 1, -1, 0, 0][k], { step: 0.5, when: (s) => k < s.classes }),
      ),
      range("temperature", "Temperature T", 0.1, 10, 1, { log: true }),
      range("smoothing", "Label smoothing α", 0, 0.5, 0, { step: 0.05 }),
      range("gamma", "Focal loss γ", 0, 5, 0, { step: 0.5 }),
      toggle("twice", "from_logits=True, although the model returns probabilities"),
    ],
    question:
      "The true class has probability 0.7. How large is the gradient of the cross-entropy with respect to its logit?",
    options: ["−0.7", "−0.3", "−1/0.7 = −1.43"],
    right: 1,
    because:
      "For plain cross-entropy the gradient with respect to a logit is p − y, the predicted probability minus the target, so here it is 0.7 − 1 = −0.3. The bars on the right show it for every class.",
  },
  race: {
    title: "Race",
    controls: [
      choice("surface", "Surface", SURFACE_NAMES),
      range("kappa", "Condition number κ", 1, 100, 10, { log: true, when: (s) => s.surface === "bowl" }),
      ...["x", "y"].map((key, i) =>
        range(key, `Start, ${["first", "second"][i]} weight`, ...times(2, (end) => (s) => SURFACES[s.surface].window[i][end]), (s) =>
          SURFACES[s.surface].start[i], { step: 0.01 }),
      ),
      ...Object.keys(RATES).flatMap((name) => [
        { ...toggle(`on_${name}`, name), value: ["SGD", "momentum", "Adam"].includes(name), rules: true },
        range(`eta_${name}`, `Learning rate of ${name}`, 1e-5, 10, (s) => rateOn(name, s), { log: true, when: (s) => s[`on_${name}`], rules: true }),
      ]),
      range("step", "Step", 0, STEPS, STEPS, { step: 1, player: true }),
    ],
    question: "A bowl has ten times as much curvature in one direction as in the other. Which path does SGD take at a learning rate of 0.05?",
    options: ["A straight line to the minimum", "First down the steep side, then slowly along the floor", "A spiral"],
    right: 1,
    because:
      "SGD steps against the gradient, and at the start the gradient points mostly along the steep direction. Each step removes half of the distance there, but only 5 % of the distance in the flat direction. A larger learning rate would soon be too large for the steep direction, and that is why a large condition number makes gradient descent slow.",
  },
  stability: {
    title: "Stability and noise",
    controls: [
      range("eta", "Learning rate η", 0.001, 10, 0.3, { log: true }),
      range("lambda", "Curvature λ", 0.1, 10, 1, { log: true }),
      range("batch", "Batch size B", 0, 10, 4, { step: 1, power: 2 }),
      range("noise", "Noise of one sample’s gradient, σ", 0, 5, 1, { step: 0.1 }),
      choice("schedule", "Schedule", SCHEDULE_NAMES),
    ],
    question: "The batches become four times as large, and the learning rate stays the same. How does the noise floor of |θ| change?",
    options: ["It stays the same", "It halves", "It falls to a quarter"],
    right: 1,
    because:
      "The mean of four times as many samples has half the standard deviation, so θ fluctuates half as far. With η = 0.3, λ = 1 and batches of 16, the floor falls from 0.105 to 0.053. A quarter of the learning rate would lower it to 0.049, but then θ takes more than four times as many steps to get there.",
  },
};

/* What a control may depend on: the state as far as it has been read. */
const limit = (bound, state) => (typeof bound === "function" ? bound(state) : bound);

/* State: from an address and back. What is no number, no option or out of range becomes what is nearest, or usual. */
function readState(address) {
  const given = new URLSearchParams(address.replace(/^[#?]/, ""));
  const tab = Object.hasOwn(TABS, given.get("tab")) ? given.get("tab") : "losses";
  const state = { tab, open: given.get("open") === "1" };
  if (tab === "losses") state.points = readPoints(given.get("points"));
  for (const control of TABS[tab].controls) {
    const text = given.get(control.key);
    if (control.options) state[control.key] = Object.hasOwn(control.options, text) ? text : control.value;
    else if (control.toggle) state[control.key] = text === null ? control.value : text === "1";
    else {
      const number = text === null || text.trim() === "" ? NaN : Number(text);
      state[control.key] = settle(control, Number.isFinite(number) ? number : limit(control.value, state), state);
    }
  }
  return state;
}

function settle(control, value, state) {
  const near = control.step ? snap(value, control.step) : rounded(value);
  return clamp(near, limit(control.low, state), limit(control.high, state));
}

const snap = (value, step) => Number((Math.round(value / step) * step).toFixed(6));

function readPoints(text) {
  const points = (text || "")
    .split(";")
    .map((pair) => pair.split(",").map((number) => (number.trim() === "" ? NaN : Number(number))))
    .filter((pair) => pair.length === 2 && pair.every(Number.isFinite))
    .map((pair) => pair.map((number) => snap(clamp(number, ...PLANE), 0.1)));
  return points.length >= 2 ? points.slice(0, 12) : POINTS;
}

function writeState(state) {
  const usual = readState(`tab=${state.tab}${state.surface ? `&surface=${state.surface}` : ""}`);
  const written = new URLSearchParams({ tab: state.tab });
  if (state.open) written.set("open", "1");
  for (const { key, toggle: flag } of TABS[state.tab].controls)
    if (key === "surface" || state[key] !== usual[key]) written.set(key, flag ? Number(state[key]) : state[key]);
  if (state.points && String(state.points) !== String(POINTS)) written.set("points", state.points.map(String).join(";"));
  return written.toString().replace(/%2C/g, ",").replace(/%3B/g, ";");
}

/* What a state comes to: the numbers that are shown, and the Keras code that gives the same. */
const number = (value) => (Number.isInteger(value) ? value.toFixed(1) : String(value));
const list = (values) => `[${values.map(number).join(", ")}]`;
const HEAD = 'import keras\nimport numpy as np\nimport tensorflow as tf\n\nkeras.config.set_floatx("float64")\n';

/* What the product of learning rate and curvature means for the path without noise. */
function verdictOn(product, constant) {
  const where = `ηλ = ${words(product, 6)} is ${product < 2 ? "below" : product > 2 ? "above" : "at"} the limit of 2`;
  if (!constant) {
    const then = product > 2 ? "|θ| grows for as long as ηλ stays above 2" : "θ approaches 0 while the schedule lowers η";
    return `At the start ${where}, so without noise ${then}.`;
  }
  if (product < 1) return `${where}, so without noise θ approaches 0 from one side.`;
  if (product === 1) return `${where}, and without noise θ reaches 0 in a single step.`;
  if (product < 2) return `${where}, so without noise θ changes its sign in every step and approaches 0.`;
  if (product === 2) return `${where}, so without noise θ jumps between 1 and −1 for ever.`;
  return `${where}, so θ changes its sign in every step and diverges.`;
}

const RESULTS = {
  losses(state) {
    const a = { huber: state.delta, pinball: state.tau }[state.loss];
    const theta = fit(state.loss, a, state.points, state.model === "line");
    const rows = state.points.map(([x, y]) => {
      const p = theta[0] + theta[1] * x;
      const [value, slope] = LOSSES[state.loss](y, p, a);
      return { x, y, p, value, slope };
    });
    const total = sum(rows.map((row) => row.value));
    rows.forEach((row) => (row.share = total ? row.value / total : 0));
    const call = {
      mean_squared_error: "loss = keras.losses.MeanSquaredError()",
      mean_absolute_error: "loss = keras.losses.MeanAbsoluteError()",
      huber: `loss = keras.losses.Huber(delta=${number(state.delta)})`,
      log_cosh: "loss = keras.losses.LogCosh()",
      pinball: `def loss(y_true, y_pred):  # Keras has no quantile loss
    error = y_true - y_pred
    return tf.reduce_mean(tf.maximum(${state.tau} * error, (${state.tau} - 1) * error))`,
    }[state.loss];
    const code = `${HEAD}
x = np.array(${list(state.points.map(([x]) => x))})
y = np.array(${list(state.points.map(([, y]) => y))})
y_pred = ${theta[0]} + ${theta[1]} * x

${call}
print(f"mean loss {float(loss(y[:, None], y_pred[:, None])):.4f}")
`;
    return { a, theta, rows, loss: total / rows.length, code, numbers: [total / rows.length] };
  },

  logits(state) {
    const z = times(state.classes, (k) => state[`z${k + 1}`]);
    const settings = { temperature: state.temperature, smoothing: state.smoothing, gamma: state.gamma, twice: state.twice };
    const result = crossEntropy(z, state.label - 1, settings);
    // The three ways to compute one cross-entropy: from logits, from probabilities as Keras clips them, and naively.
    const scaled = z.map((value) => value / state.temperature);
    const p = softmax(scaled);
    const f = Math.fround;
    const exps = scaled.map((value) => f(Math.exp(f(value))));
    const bottom = exps.reduce((total, value) => f(total + value), 0);
    const shares = exps.map((value) => f(value / bottom));
    const others = shares.filter((_, k) => k !== state.label - 1).reduce((total, share) => f(total + share), 0);
    const ways = {
      "from logits, in the stable form": -logSoftmax(scaled)[state.label - 1],
      "from probabilities, which Keras clips at 1e-7": -Math.log(clamp(p[state.label - 1], 1e-7, 1 - 1e-7)),
      "naively in float32, −log(exp(z) / Σ exp(z))": -Math.log(shares[state.label - 1]),
      "naively in float32, −log(1 − the other probabilities)": -Math.log(f(1 - others)),
    };
    const focal = state.gamma > 0;
    const call = `keras.losses.Categorical${focal ? "Focal" : ""}Crossentropy(
    ${focal ? `alpha=1.0, gamma=${number(state.gamma)}, ` : ""}from_logits=True, label_smoothing=${number(state.smoothing)})`;
    const scores = state.twice
      ? `e = tf.exp(z / ${number(state.temperature)})
    scores = e / tf.reduce_sum(e)  # probabilities, taken for logits`
      : `scores = z / ${number(state.temperature)}`;
    const code = `${HEAD}
z = tf.Variable([${list(z)}])
y = np.eye(${state.classes})[[${state.label - 1}]]
loss = ${call}
with tf.GradientTape() as tape:
    ${scores}
    value = loss(y, scores)
print(f"loss {float(value):.4f}")
print("gradient", np.round(tape.gradient(value, z)[0], 4))
`;
    return { ...result, z, ways, code, numbers: [result.loss, ...result.gradient] };
  },

  race(state) {
    const surface = SURFACES[state.surface];
    const value = (w) => surface.value(w, state.kappa);
    const start = [state.x, state.y];
    const target = 0.01 * value(start);
    const walks = Object.keys(OPTIMIZERS)
      .map((name, i) => ({ name, colour: COLOURS[i], dash: DASHES[i], eta: state[`eta_${name}`] }))
      .filter(({ name }) => state[`on_${name}`])
      .map((one) => {
        const { path, states, stopped } = walk(one.name, one.eta, (w) => surface.gradient(w, state.kappa), start, STEPS);
        const values = path.map(value);
        const arrived = values.findIndex((height) => height <= target);
        return { ...one, path, states, stopped, values, arrived };
      });
    const made = {
      SGD: (eta) => `SGD(${eta})`,
      momentum: (eta) => `SGD(${eta}, momentum=0.9)`,
      Nesterov: (eta) => `SGD(${eta}, momentum=0.9, nesterov=True)`,
    };
    const formula = {
      bowl: `(x**2 + ${number(state.kappa)} * y**2) / 2`,
      rosenbrock: "(1 - x) ** 2 + 100 * (y - x**2) ** 2",
      saddle: "x**2 / 2 + (y**2 - 1) ** 2 / 4",
      ravine: "((4 * x + 3 * y) ** 2 + 100 * (4 * y - 3 * x) ** 2) / 50",
    }[state.surface];
    const rules = walks.map(({ name, eta }) => `    "${name}": ${made[name] ? made[name](eta) : `${name}(${eta})`},`);
    const code = `${HEAD}from keras.optimizers import ${[...new Set(walks.map(({ name }) => (made[name] ? "SGD" : name)))].sort().join(", ") || "SGD"}


def surface(w):
    x, y = w[0], w[1]
    return ${formula}


for name, optimizer in {
${rules.join("\n")}
}.items():
    w = keras.Variable(${list(start)})
    for step in range(${state.step}):
        with tf.GradientTape() as tape:
            value = surface(w.value)
        optimizer.apply([tape.gradient(value, w.value)], [w])
    print(f"{name:9} {float(surface(w.value)):.4g}")
`;
    const now = walks.map(({ values }) => values[Math.min(state.step, values.length - 1)]);
    return { surface, value, start, target, walks, code, numbers: now };
  },

  stability(state) {
    const settings = {
      curvature: state.lambda,
      eta: state.eta,
      schedule: state.schedule,
      batch: 2 ** state.batch,
      noise: state.noise,
      steps: STEPS,
    };
    const quiet = noisyDescent({ ...settings, noise: 0, seed: 0 });
    const paths = times(SEEDS, (seed) => noisyDescent({ ...settings, seed }));
    const rms = times(STEPS + 1, (t) =>
      paths.every((path) => t < path.length) ? Math.sqrt(mean(paths.map((path) => path[t] ** 2))) : NaN,
    );
    const product = state.eta * state.lambda;
    const verdict = verdictOn(product, state.schedule === "constant");
    const rate = {
      constant: String(state.eta),
      cosine: `keras.optimizers.schedules.CosineDecay(${state.eta}, ${STEPS})`,
      inverse_time: `keras.optimizers.schedules.InverseTimeDecay(${state.eta}, ${STEPS}, 9.0)`,
    }[state.schedule];
    const code = `${HEAD}
optimizer = keras.optimizers.SGD(${rate})
theta = keras.Variable(1.0)
for step in range(10):
    gradient = ${state.lambda} * theta.value  # of ${state.lambda} / 2 * theta**2, without noise
    optimizer.apply([gradient], [theta])
print(f"after ten steps {float(theta):.4g}")
`;
    const floor = product < 2 && state.schedule === "constant" && state.noise > 0 ? noiseFloor(settings) : null;
    const ten = quiet.length > 10 ? quiet[10] : NaN;
    return { quiet, paths, rms, product, verdict, floor, code, ten, numbers: [ten] };
  },
};

/* The playground's numbers. Formulas, names and defaults are those of src/lossopt, that is, of Keras;
   tests/test_playground.py compares both to 1e-12. Nothing here draws. */
"use strict";

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const mean = (numbers) => sum(numbers) / numbers.length;

/* Losses of one target y and one prediction p: [value, slope in p]. `a` is δ or τ where there is one. */
const LOSSES = {
  mean_squared_error: (y, p) => [(p - y) ** 2, 2 * (p - y)],
  mean_absolute_error: (y, p) => [Math.abs(p - y), Math.sign(p - y)],
  huber: (y, p, delta) => {
    const r = p - y;
    return Math.abs(r) <= delta
      ? [0.5 * r * r, r]
      : [delta * (Math.abs(r) - 0.5 * delta), delta * Math.sign(r)];
  },
  log_cosh: (y, p) => {
    const r = Math.abs(p - y);
    return [r + Math.log1p(Math.exp(-2 * r)) - Math.LN2, Math.tanh(p - y)];
  },
  pinball: (y, p, q) => {
    const r = p - y;
    return [Math.max((1 - q) * r, -q * r), r === 0 ? 0 : r > 0 ? 1 - q : -q];
  },
};

/* The constant or line that minimises the mean loss: [intercept, slope]. Exact where the loss has corners, since
   then a best line passes through two of the points (a best constant through one); else by weighted squares. */
function fit(name, a, points, line) {
  const loss = LOSSES[name];
  if (name === "mean_absolute_error" || name === "pinball") {
    let best = null;
    const consider = (intercept, slope) => {
      const cost = sum(points.map(([x, y]) => loss(y, intercept + slope * x, a)[0]));
      if (best === null || cost < best[0] - 1e-12) best = [cost, intercept, slope];
    };
    for (const [x, y] of points) {
      consider(y, 0);
      if (line)
        for (const [x2, y2] of points)
          if (x2 > x) consider(y - ((y2 - y) / (x2 - x)) * x, (y2 - y) / (x2 - x));
    }
    return best.slice(1);
  }
  let theta = [mean(points.map(([, y]) => y)), 0];
  for (let round = 0; round < 2000; round++) {
    // A residual's weight is its pull over its size: 2 for squares, less for what pulls less.
    const weights = points.map(([x, y]) => {
      const p = theta[0] + theta[1] * x;
      return p === y ? 1 : loss(y, p, a)[1] / (p - y);
    });
    const total = sum(weights);
    const mx = sum(points.map(([x], i) => weights[i] * x)) / total;
    const my = sum(points.map(([, y], i) => weights[i] * y)) / total;
    const sxx = sum(points.map(([x], i) => weights[i] * (x - mx) ** 2));
    const sxy = sum(points.map(([x, y], i) => weights[i] * (x - mx) * (y - my)));
    const slope = line && sxx > 1e-12 ? sxy / sxx : 0;
    const next = [my - slope * mx, slope];
    const moved = Math.abs(next[0] - theta[0]) + Math.abs(next[1] - theta[1]);
    theta = next;
    if (moved < 1e-13) break;
  }
  return theta;
}

/* Softmax and its logarithm, stable however large the logits are. */
function logSoftmax(z) {
  const top = Math.max(...z);
  const log = top + Math.log(sum(z.map((value) => Math.exp(value - top))));
  return z.map((value) => value - log);
}

const softmax = (z) => logSoftmax(z).map(Math.exp);

/* Categorical cross-entropy from logits, as a focal loss with alpha=1: {p, y, loss, gradient in z}.
   `temperature` divides the logits. `twice` is the classic mistake: probabilities, taken for logits. */
function crossEntropy(z, label, { temperature = 1, smoothing = 0, gamma = 0, twice = false } = {}) {
  const scaled = z.map((value) => value / temperature);
  const first = softmax(scaled);
  const logP = logSoftmax(twice ? first : scaled);
  const p = logP.map(Math.exp);
  const y = z.map((_, k) => (1 - smoothing) * (k === label ? 1 : 0) + smoothing / z.length);
  const miss = logP.map((log) => Math.max(-Math.expm1(log), 1e-300));
  const loss = sum(y.map((share, k) => -share * miss[k] ** gamma * logP[k]));
  const slopes = y.map(
    (share, k) => share * (gamma * p[k] * miss[k] ** (gamma - 1) * logP[k] - miss[k] ** gamma),
  );
  const through = (probabilities, slope) => {
    const total = sum(slope);
    return slope.map((value, k) => value - probabilities[k] * total);
  };
  let gradient = through(p, slopes);
  if (twice) {
    const inner = sum(gradient.map((g, k) => g * first[k]));
    gradient = gradient.map((g, k) => first[k] * (g - inner));
  }
  return { p: first, y, loss, gradient: gradient.map((g) => g / temperature) };
}

/* Surfaces of two weights: value, gradient, minima, window and start. */
const SURFACES = {
  bowl: {
    value: ([x, y], kappa) => (x * x + kappa * y * y) / 2,
    gradient: ([x, y], kappa) => [x, kappa * y],
    minima: [[0, 0]],
    window: [[-3, 3], [-2, 2]],
    start: [-2.5, 1.5],
  },
  rosenbrock: {
    value: ([x, y]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    gradient: ([x, y]) => [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
    minima: [[1, 1]],
    window: [[-2, 2], [-1, 3]],
    start: [-1.5, 2],
  },
  saddle: {
    value: ([x, y]) => (x * x) / 2 + (y * y - 1) ** 2 / 4,
    gradient: ([x, y]) => [x, y * (y * y - 1)],
    minima: [[0, 1], [0, -1]],
    window: [[-2, 2], [-1.5, 1.5]],
    start: [-1.5, 0.01],
  },
  ravine: {
    value: ([x, y]) => (((4 * x + 3 * y) / 5) ** 2 + 100 * ((4 * y - 3 * x) / 5) ** 2) / 2,
    gradient: ([x, y]) => {
      const [u, v] = [(4 * x + 3 * y) / 5, (4 * y - 3 * x) / 5];
      return [(4 * u - 300 * v) / 5, (3 * u + 400 * v) / 5];
    },
    minima: [[0, 0]],
    window: [[-2.5, 2.5], [-2, 2]],
    start: [-2, -1],
  },
};

/* One weight's step: (w, g, memory, t, eta) returns [new w, new memory]; memory begins as `start`. */
const adam = (w, g, { m, v }, t, eta) => {
  m = 0.9 * m + (1 - 0.9) * g;
  v = 0.999 * v + (1 - 0.999) * (g * g);
  const unbias = 1 - 0.999 ** t;
  const mHat = m / (1 - 0.9 ** t);
  return [w - (eta * mHat) / (Math.sqrt(v / unbias) + 1e-7 / Math.sqrt(unbias)), { m, v }];
};
const velocity = (nesterov) => (w, g, { m }, t, eta) => {
  m = 0.9 * m - eta * g;
  return [w + (nesterov ? 0.9 * m - eta * g : m), { m }];
};
const OPTIMIZERS = {
  SGD: { start: {}, step: (w, g, memory, t, eta) => [w - eta * g, {}] },
  momentum: { start: { m: 0 }, step: velocity(false) },
  Nesterov: { start: { m: 0 }, step: velocity(true) },
  Adagrad: {
    start: { v: 0.1 },
    step: (w, g, { v }, t, eta) => [w - (eta * g) / Math.sqrt(v + g * g + 1e-7), { v: v + g * g }],
  },
  RMSprop: {
    start: { v: 0 },
    step: (w, g, { v }, t, eta) => {
      v = 0.9 * v + (1 - 0.9) * (g * g);
      return [w - (eta * g) / Math.sqrt(v + 1e-7), { v }];
    },
  },
  Adam: { start: { m: 0, v: 0 }, step: adam },
  AdamW: {
    start: { m: 0, v: 0 },
    step: (w, g, memory, t, eta) => adam(w - 0.004 * eta * w, g, memory, t, eta),
  },
  Lion: {
    start: { m: 0 },
    step: (w, g, { m }, t, eta) => [w - eta * Math.sign(0.9 * m + (1 - 0.9) * g), { m: 0.99 * m + (1 - 0.99) * g }],
  },
};

/* The whole walk: {path, states, stopped}. Beyond `tooFar` it has diverged, and stops. */
function walk(name, eta, gradient, start, steps, tooFar = 1e6) {
  const { start: memory, step } = OPTIMIZERS[name];
  let w = start;
  let state = start.map(() => memory);
  const path = [w];
  const states = [state];
  for (let t = 1; t <= steps; t++) {
    const g = gradient(w);
    const moved = w.map((weight, i) => step(weight, g[i], state[i], t, eta));
    w = moved.map(([weight]) => weight);
    if (!w.every((weight) => Math.abs(weight) <= tooFar)) return { path, states, stopped: t };
    state = moved.map(([, kept]) => kept);
    path.push(w);
    states.push(state);
  }
  return { path, states, stopped: null };
}

/* Schedules: the share of the peak rate at step t of `steps`. */
const SCHEDULES = {
  constant: () => 1,
  cosine: (t, steps) => 0.5 * (1 + Math.cos(Math.PI * Math.min(t / steps, 1))),
  inverse_time: (t, steps) => 1 / (1 + (9 * t) / steps),
};

/* Uniform numbers from a seed (mulberry32), and normal ones from them (Box and Muller). */
function normals(seed) {
  let a = seed >>> 0;
  const uniform = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/* Steps on λθ²/2 whose slope is off by σ/√B · noise: |θ| at each step, for one seed. */
function noisyDescent({ curvature, eta, schedule, batch, noise, steps, seed, start = 1 }) {
  const normal = normals(seed);
  const path = [start];
  let theta = start;
  for (let t = 0; t < steps; t++) {
    const rate = eta * SCHEDULES[schedule](t, steps);
    theta -= rate * (curvature * theta + (noise / Math.sqrt(batch)) * normal());
    if (!(Math.abs(theta) <= 1e6)) break;
    path.push(theta);
  }
  return path;
}

/* The root mean square of θ that a constant rate settles at. */
const noiseFloor = ({ curvature, eta, batch, noise }) =>
  Math.sqrt((eta * noise ** 2) / (batch * curvature * (2 - eta * curvature)));

/* The playground's page: controls, figures, tables. It reads the state, asks RESULTS, and draws. */
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 360;
const HEIGHT = 250;
const PAD = { left: 48, right: 14, top: 26, bottom: 40 };

function element(tag, attributes = {}, ...children) {
  const node = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  node.append(...children);
  return node;
}

/* Round ticks between two numbers; powers of ten on a logarithmic axis. */
function ticks(low, high, log) {
  if (log) {
    const powers = times(Math.floor(high + 1e-9) - Math.ceil(low - 1e-9) + 1, (i) => Math.ceil(low - 1e-9) + i);
    const every = Math.ceil(powers.length / 6);
    return powers.filter((_, i) => i % every === 0);
  }
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
  const first = Math.ceil(low / step - 1e-9);
  return times(Math.floor(high / step + 1e-9) - first + 1, (i) => Number(((first + i) * step).toFixed(10)));
}

/* One drawing with axes. Logarithmic axes are given and plotted in powers of ten. */
function plot(title, { x, y, xlabel, ylabel = "", logX = false, logY = false, xticks = null }) {
  const inner = [WIDTH - PAD.left - PAD.right, HEIGHT - PAD.top - PAD.bottom];
  const px = (value) => PAD.left + clamp((value - x[0]) / (x[1] - x[0]), -9, 9) * inner[0];
  const py = (value) => HEIGHT - PAD.bottom - clamp((value - y[0]) / (y[1] - y[0]), -9, 9) * inner[1];
  const axes = element("svg:g", { class: "axes" });
  const inside = element("svg:svg", {
    x: PAD.left, y: PAD.top, width: inner[0], height: inner[1],
    viewBox: `${PAD.left} ${PAD.top} ${inner.join(" ")}`,
  });
  const over = element("svg:g");
  const svg = element("svg:svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": true }, axes, inside, over);
  const text = (at, words, more = {}, into = over) => into.append(element("svg:text", { x: at[0], y: at[1], ...more }, words));
  const tick = (value, log) => (log ? (value < -3 || value > 4 ? minus(`1e${value}`) : String(10 ** value)) : words(value));
  for (const value of xticks ?? ticks(...x, logX)) {
    axes.append(element("svg:path", { d: `M${px(value)} ${HEIGHT - PAD.bottom}v4` }));
    text([px(value), HEIGHT - PAD.bottom + 16], tick(value, logX), { "text-anchor": "middle" }, axes);
  }
  for (const value of ticks(...y, logY)) {
    axes.append(element("svg:path", { d: `M${PAD.left} ${py(value)}h-4` }));
    text([PAD.left - 7, py(value) + 4], tick(value, logY), { "text-anchor": "end" }, axes);
  }
  axes.append(element("svg:path", { d: `M${PAD.left} ${PAD.top}V${HEIGHT - PAD.bottom}H${WIDTH - PAD.right}` }));
  text([PAD.left, 15], title, { class: "title" }, axes);
  text([PAD.left + inner[0] / 2, HEIGHT - 6], xlabel, { "text-anchor": "middle" }, axes);
  if (ylabel) text([PAD.left + 4, PAD.top + 10], ylabel, {}, axes);
  const d = (points) => "M" + points.map(([a, b]) => `${px(a).toFixed(1)} ${py(b).toFixed(1)}`).join("L");
  return {
    svg, px, py, text,
    line(points, look) {
      const path = element("svg:path", { fill: "none", "stroke-width": 2, ...look });
      if (points.length) path.setAttribute("d", d(points));
      inside.append(path);
      return path;
    },
    redraw: (path, points) => path.setAttribute("d", d(points)),
    dot(at, look) {
      const circle = element("svg:circle", { r: 4.5, ...look });
      this.move(circle, at);
      over.append(circle);
      return circle;
    },
    /* A dot may stand half over an axis, but not outside. */
    move(circle, at) {
      const within = at.every((value, i) => value >= [x, y][i][0] && value <= [x, y][i][1]);
      circle.setAttribute("cx", px(at[0]));
      circle.setAttribute("cy", py(at[1]));
      circle.setAttribute("visibility", within ? "visible" : "hidden");
    },
    bar(at, width, height, look) {
      const [zero, top] = [py(0), py(height)];
      inside.append(element("svg:rect", { x: px(at), y: Math.min(zero, top), width: px(at + width) - px(at), height: Math.abs(zero - top), ...look }));
    },
    raw: (path, look) => inside.prepend(element("svg:path", { d: path, fill: "none", ...look })),
    /* Where on the axes a pointer is. */
    under(event) {
      const box = svg.getBoundingClientRect();
      const [a, b] = [((event.clientX - box.left) / box.width) * WIDTH, ((event.clientY - box.top) / box.height) * HEIGHT];
      return [x[0] + ((a - PAD.left) / inner[0]) * (x[1] - x[0]), y[0] + ((HEIGHT - PAD.bottom - b) / inner[1]) * (y[1] - y[0])];
    },
  };
}

const curve = (low, high, f, count = 121) => times(count, (i) => low + ((high - low) * i) / (count - 1)).map((x) => [x, f(x)]);
const log10 = (value) => (value > 0 ? Math.log10(value) : -99);
const percent = (share) => `${Math.round(100 * share)} %`;
const [BLUE, VERMILION] = COLOURS;
const GREY = { stroke: "#808080", "stroke-width": 1 };

/* Level lines by marching squares, each e times as high as the next one inside. */
const drawnLevels = {};
function levels(surface, kappa, name, { px, py }) {
  const key = `${name} ${kappa}`;
  if (drawnLevels[key]) return drawnLevels[key];
  const [[x0, x1], [y0, y1]] = surface.window;
  const n = 56;
  const at = (i, j) => [x0 + ((x1 - x0) * i) / n, y0 + ((y1 - y0) * j) / n];
  const height = times(n + 1, (i) => times(n + 1, (j) => Math.log(surface.value(at(i, j), kappa) + 1e-12)));
  const top = Math.max(...height.flat());
  let d = "";
  for (let level = 1; level <= 8; level++)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
        const ends = [];
        corners.forEach((here, side) => {
          const there = corners[(side + 1) % 4];
          const [a, b] = [height[here[0]][here[1]], height[there[0]][there[1]]].map((h) => h - (top - level));
          if (a < 0 !== b < 0) {
            const share = a / (a - b);
            const [p, q] = [at(...here), at(...there)];
            ends.push(`${px(p[0] + share * (q[0] - p[0])).toFixed(1)} ${py(p[1] + share * (q[1] - p[1])).toFixed(1)}`);
          }
        });
        if (ends.length === 2) d += `M${ends[0]}L${ends[1]}`;
      }
  return (drawnLevels[key] = d);
}

/* Each tab draws its figures, says in a sentence what they show, and gives the table that mirrors them. */
const DRAW = {
  losses(state, result, act) {
    const { a, theta, rows, loss } = result;
    const name = LOSS_NAMES[state.loss];
    const plane = plot("Data and fit", { x: PLANE, y: PLANE, xlabel: "x", ylabel: "y" });
    const line = (fitted) => [0, 10].map((x) => [x, fitted[0] + fitted[1] * x]);
    if (state.loss !== "mean_squared_error") {
      const squares = line(fit("mean_squared_error", null, state.points, state.model === "line"));
      plane.line(squares, { ...GREY, "stroke-dasharray": "4 3" });
      plane.text([plane.px(0.2), plane.py(squares[0][1]) - 5], "MSE", { fill: "#808080" });
    }
    for (const { x, y, p } of rows) plane.line([[x, y], [x, p]], GREY);
    plane.line(line(theta), { stroke: BLUE, "stroke-width": 2.5 });
    rows.forEach(({ x, y, share }) => plane.dot([x, y], { r: 4 + 9 * Math.sqrt(share), fill: VERMILION, "fill-opacity": 0.75 }));
    let held = null;
    plane.svg.classList.add("draggable");
    const drag = (event, stopped) => {
      const at = plane.under(event).map((value) => snap(clamp(value, ...PLANE), 0.1));
      act({ points: state.points.map((point, i) => (i === held ? at : point)) }, stopped);
    };
    act.pointer(plane.svg, {
      down(event) {
        const near = state.points.map(([x, y]) => {
          const [a, b] = plane.under(event);
          return Math.hypot(x - a, y - b);
        });
        held = near.indexOf(Math.min(...near));
        if (near[held] > 1) held = null;
        return held !== null;
      },
      move: (event) => drag(event, false),
      up: (event) => drag(event, true),
    });
    const far = Math.max(2, ...rows.map(({ p, y }) => 1.1 * Math.abs(p - y)));
    const values = curve(-far, far, (r) => LOSSES[state.loss](0, r, a)[0]);
    const slopes = curve(-far, far, (r) => LOSSES[state.loss](0, r, a)[1]);
    const steepest = 1.15 * Math.max(...slopes.map(([, slope]) => Math.abs(slope)));
    const left = plot(`Loss of one point, ${name}`, { x: [-far, far], y: [0, 1.1 * Math.max(...values.map(([, v]) => v))], xlabel: "residual ŷ − y" });
    const right = plot("Its gradient with respect to ŷ", { x: [-far, far], y: [-steepest, steepest], xlabel: "residual ŷ − y" });
    left.line(values, { stroke: BLUE });
    right.line([[-far, 0], [far, 0]], GREY);
    for (const half of [slopes.filter(([r]) => r < 0), slopes.filter(([r]) => r > 0)]) right.line(half, { stroke: BLUE });
    for (const { p, y, value, slope, share } of rows) {
      const look = { fill: VERMILION, "fill-opacity": 0.75 };
      left.dot([p - y, value], { ...look, r: 4 + 6 * Math.sqrt(share) });
      right.dot([p - y, slope], look);
    }
    const shares = plot("Share of the loss", { x: [0, rows.length + 1], y: [0, 1], xlabel: "point", xticks: rows.map((_, i) => i + 1) });
    rows.forEach(({ share }, i) => shares.bar(i + 0.6, 0.8, share, { fill: VERMILION, "fill-opacity": 0.75 }));
    const worst = rows.reduce((one, other, i) => (other.share > one.share ? { ...other, i } : one), { share: -1 });
    const fitted = state.model === "line" ? `${words(theta[0])} ${theta[1] < 0 ? "−" : "+"} ${words(Math.abs(theta[1]))} x` : words(theta[0]);
    const cell = (i, axis) =>
      element("input", {
        type: "number", min: PLANE[0], max: PLANE[1], step: 0.1, value: state.points[i][axis],
        "aria-label": `${"xy"[axis]} of point ${i + 1}`, "data-focus": `${i} ${axis}`,
        onchange: (event) => {
          const value = event.target.valueAsNumber;
          const kept = Number.isFinite(value) ? snap(clamp(value, ...PLANE), 0.1) : state.points[i][axis];
          act({ points: state.points.map((point, j) => (j === i ? point.with(axis, kept) : point)) }, true);
        },
      });
    return {
      figures: [plane, shares, left, right],
      says: `The best fit under ${state.loss === "pinball" ? "the quantile loss" : name} is ŷ = ${fitted}. Its mean loss is ${words(loss)}, and point ${worst.i + 1} contributes ${percent(worst.share)} of it.`,
      table: [
        ["point", "x", "y", "fit ŷ", "loss", "gradient", "share of the loss"],
        ...rows.map((row, i) => [i + 1, cell(i, 0), cell(i, 1), words(row.p), words(row.value), words(row.slope), percent(row.share)]),
      ],
    };
  },

  logits(state, result) {
    const { z, p, y, loss, gradient, ways } = result;
    const names = times(z.length, (k) => k + 1);
    const size = Math.max(0.1, 1.15 * Math.max(...gradient.map(Math.abs)));
    const x = [0.4, z.length + 0.6];
    const left = plot("Probabilities p and targets y", { x, y: [0, 1.05], xlabel: "class", xticks: names });
    const right = plot("Gradient of the loss with respect to z", { x, y: [-size, size], xlabel: "class", xticks: names });
    names.forEach((name, k) => {
      left.bar(name - 0.32, 0.3, p[k], { fill: BLUE });
      left.bar(name + 0.02, 0.3, y[k], { fill: "none", stroke: VERMILION, "stroke-width": 2 });
      right.bar(name - 0.2, 0.4, gradient[k], { fill: k === state.label - 1 ? VERMILION : BLUE });
    });
    left.text([left.px(1) - 16, left.py(p[0]) - 5], "p", { fill: BLUE });
    left.text([left.px(state.label) + 14, left.py(y[state.label - 1]) - 5], "y", { fill: VERMILION });
    right.line([[x[0], 0], [x[1], 0]], GREY);
    const wrong = state.twice ? ` With from_logits=False, as it should be, the loss would be ${words(crossEntropy(z, state.label - 1, { ...state, twice: false }).loss)}.` : "";
    return {
      figures: [left, right],
      says: `The true class has probability ${words(p[state.label - 1])}. The loss is ${words(loss)}, and its gradient with respect to the true class’s logit is ${words(gradient[state.label - 1])}.${wrong}`,
      table: [
        ["class", "logit z", "probability p", "target y", "gradient"],
        ...names.map((name, k) => [name === state.label ? `${name} (true class)` : name, words(z[k]), words(p[k]), words(y[k]), words(gradient[k])]),
      ],
      more: [["way to compute the cross-entropy", "−log p of the true class"], ...Object.entries(ways).map(([way, value]) => [way, words(value, 5)])],
    };
  },

  race(state, result, act) {
    const { surface, walks, values, target } = result;
    const [x, y] = surface.window;
    const map = plot(SURFACE_NAMES[state.surface], { x, y, xlabel: "first weight", ylabel: "second weight" });
    map.raw(levels(surface, state.kappa, state.surface, map), { ...GREY, "stroke-width": 0.6 });
    for (const [a, b] of surface.minima) map.text([map.px(a), map.py(b) + 5], "+", { class: "minimum", "text-anchor": "middle" });
    const seen = walks.flatMap((one) => one.values.map(log10)).filter((power) => power > -12);
    const highest = clamp(Math.max(...seen, log10(target) + 2), -2, 6);
    const lowest = Math.max(Math.min(...seen, log10(target)), highest - 8);
    const height = plot("Height f and target", { x: [0, STEPS], y: [Math.floor(lowest), Math.ceil(highest)], xlabel: "step", logY: true });
    height.line([[0, log10(target)], [STEPS, log10(target)]], { ...GREY, "stroke-dasharray": "4 3" });
    const drawn = walks.map(({ name, colour, dash, path, values: all }, i) => {
      const look = { stroke: colour, "stroke-dasharray": dash };
      const way = map.line([], look);
      const line = height.line([], look);
      return { way, line, path, all, head: map.dot(path[0], { fill: colour, "data-name": name }), mark: height.dot([0, log10(all[0])], { fill: colour, r: 3.5 }) };
    });
    map.dot([state.x, state.y], { fill: "none", stroke: "currentColor", r: 6 });
    map.svg.classList.add("clickable");
    act.pointer(map.svg, {
      down: () => true,
      move() {},
      up(event) {
        const [a, b] = map.under(event);
        act({ x: snap(clamp(a, ...x), 0.01), y: snap(clamp(b, ...y), 0.01) }, true);
      },
    });
    const show = (step) => {
      for (const { way, line, path, all, head, mark } of drawn) {
        const t = Math.min(step, path.length - 1);
        map.redraw(way, path.slice(0, t + 1));
        height.redraw(line, all.slice(0, t + 1).map((value, i) => [i, log10(value)]));
        map.move(head, path[t]);
        height.move(mark, [t, log10(all[t])]);
      }
    };
    show(state.step);
    const pair = (numbers) => (numbers.every((value) => value === undefined) ? "–" : numbers.map((value) => words(value)).join(", "));
    const fate = ({ stopped, arrived }) => {
      if (stopped && stopped <= state.step) return `diverged at step ${stopped}`;
      return arrived >= 0 && arrived <= state.step ? `reached at step ${arrived}` : "not yet";
    };
    const rows = walks.map((one) => {
      const t = Math.min(state.step, one.path.length - 1);
      const memory = one.states[t];
      const rate = memory.map((part) => effectiveRate(one.name, one.eta, part, t));
      return [swatch(one), words(one.values[t]), fate(one), pair(memory.map(({ m }) => m)), pair(memory.map(({ v }) => v)), pair(rate)];
    });
    const said = walks.map((one, i) => `${one.name} ${fate(one).startsWith("not") ? `is at height ${rows[i][1]}` : fate(one).replace("reached", "reached it")}`);
    return {
      figures: [map, height],
      show,
      says: walks.length
        ? `Step ${state.step}. The target is a hundredth of the height at the start. ${said.join("; ")}.`
        : "Choose at least one optimizer for the race.",
      table: [["optimizer", "height f", "target", "m, per weight", "v, per weight", "η or η/√v, per weight"], ...rows],
    };
  },

  stability(state, result) {
    const { quiet, paths, rms, product, verdict, floor, ten } = result;
    const shown = quiet.slice(0, 11);
    const reach = clamp(1.15 * Math.max(...shown.map(Math.abs)), 1.15, 6);
    const bowl = (theta) => (state.lambda / 2) * theta ** 2;
    const left = plot("Ten steps without noise", { x: [-reach, reach], y: [0, bowl(reach)], xlabel: "θ", ylabel: "loss" });
    left.line(curve(-reach, reach, bowl), { ...GREY, "stroke-width": 1.5 });
    left.line(shown.map((theta) => [theta, bowl(theta)]), { stroke: BLUE, "stroke-width": 1.5 });
    shown.forEach((theta) => Math.abs(theta) <= reach && left.dot([theta, bowl(theta)], { fill: BLUE, r: 3.5 }));
    const far = Math.max(2.6 / state.lambda, 1.2 * state.eta);
    const factor = plot("Share of θ left after a step", { x: [0, far], y: [0, 2], xlabel: "learning rate η", ylabel: "|1 − ηλ|" });
    factor.line(curve(0, far, (eta) => Math.abs(1 - eta * state.lambda)), { stroke: BLUE });
    factor.line([[0, 1], [far, 1]], { ...GREY, "stroke-dasharray": "4 3" });
    for (const [text, at] of [["1/λ", 1 / state.lambda], ["2/λ", 2 / state.lambda]]) {
      factor.line([[at, 0], [at, 2]], GREY);
      factor.text([factor.px(at) + 3, factor.py(1.85)], text, {});
    }
    factor.dot([state.eta, Math.min(2, Math.abs(1 - product))], { fill: VERMILION });
    const noisy = plot(`|θ| with noise, ${SEEDS} seeds`, { x: [0, STEPS], y: [-4, 1], xlabel: "step", logY: true });
    for (const path of paths) noisy.line(path.map((theta, t) => [t, Math.max(log10(Math.abs(theta)), -5)]), { ...GREY, "stroke-width": 0.5, "stroke-opacity": 0.6 });
    noisy.line(rms.flatMap((value, t) => (Number.isFinite(value) ? [[t, Math.max(log10(value), -5)]] : [])), { stroke: BLUE });
    if (floor) {
      noisy.line([[0, log10(floor)], [STEPS, log10(floor)]], { stroke: VERMILION, "stroke-dasharray": "6 3" });
      noisy.text([noisy.px(STEPS) - 4, noisy.py(log10(floor)) - 6], "predicted noise floor", { fill: VERMILION, "text-anchor": "end" });
    }
    const rates = plot("Learning rate", { x: [0, STEPS], y: [0, 1.1 * state.eta], xlabel: "step" });
    rates.line(curve(0, STEPS, (t) => state.eta * SCHEDULES[state.schedule](t, STEPS)), { stroke: BLUE });
    const settled = rms.slice(STEPS / 2).filter(Number.isFinite);
    const measured = settled.length ? Math.sqrt(mean(settled.map((value) => value ** 2))) : NaN;
    const noise = Number.isFinite(measured)
      ? ` With noise, the root mean square of θ is ${words(measured)} in the second half of the steps${floor ? `, where the formula predicts ${words(floor)}` : ""}.`
      : ` With noise, at least one of the ${SEEDS} seeds diverges.`;
    return {
      figures: [left, factor, rates, noisy],
      says: state.noise === 0 || (product >= 2 && state.schedule === "constant") ? verdict : verdict + noise,
      table: [
        ["step", "θ without noise", `|θ|, root mean square of ${SEEDS} seeds`],
        ...[0, 1, 2, 5, 10, 20, 50, 100, 200].map((t) => [t, t < quiet.length ? words(quiet[t]) : "diverged", Number.isFinite(rms[t]) ? words(rms[t]) : "diverged"]),
      ],
      ten,
    };
  },
};

/* What the learning rate comes to for one weight, after the division by √v where there is one. */
function effectiveRate(name, eta, { v }, t) {
  if (name === "Lion") return undefined;
  if (name.startsWith("Adam")) return t ? eta / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-7 / Math.sqrt(1 - 0.999 ** t)) : undefined;
  return v === undefined ? eta : v > 0 ? eta / Math.sqrt(v + 1e-7) : undefined;
}

function swatch({ name, colour, dash }) {
  const line = element("svg:path", { d: "M1 6H27", stroke: colour, "stroke-width": 3, "stroke-dasharray": dash });
  return element("span", {}, element("svg:svg", { class: "swatch", viewBox: "0 0 28 12", "aria-hidden": true }, line), ` ${name}`);
}

const PAGE = document.currentScript.src ? new URL("../book/playground.html", document.currentScript.src) : location.pathname;
let mounted = 0;
function mount(host) {
  const id = `playground-${++mounted}`;
  const own = !host.dataset.state; // the playground's own page keeps its state in the address
  let state = readState(own ? location.hash : host.dataset.state);
  const opened = new Set(state.open ? [state.tab] : []);
  const tabs = element("div", { role: "tablist", "aria-label": "Playground", class: "tabs" });
  const panel = element("div", { role: "tabpanel", id: `${id}-panel`, "aria-labelledby": `${id}-${state.tab}` });
  const said = element("p", { role: "status", class: "said" });
  let parts = {};
  let playing = 0;
  let timer = 0;

  function address() {
    return writeState({ ...state, open: opened.has(state.tab) });
  }

  function change(what, stopped) {
    Object.assign(state, what);
    if ("surface" in what) {
      // Its own start and rates; who races stays.
      const racing = Object.keys(state).filter((key) => key.startsWith("on_"));
      Object.assign(state, readState(`tab=race&surface=${state.surface}`), Object.fromEntries(racing.map((key) => [key, state[key]])));
    }
    for (const control of TABS[state.tab].controls) // a bound may have moved
      if (control.low !== undefined) state[control.key] = settle(control, state[control.key], state);
    refresh();
    if (stopped) stop();
  }

  /* When a control is let go: say what came, and keep it in the address. */
  function stop() {
    said.textContent = parts.says;
    if (own) history.replaceState(null, "", `#${address()}`);
  }

  function select(tab) {
    pause();
    state = tab === state.tab ? state : readState(`tab=${tab}`);
    build();
    stop();
  }

  function build() {
    tabs.replaceChildren(
      ...Object.entries(TABS).map(([tab, { title }]) =>
        element("button", {
          type: "button", role: "tab", id: `${id}-${tab}`, "aria-selected": String(tab === state.tab), "aria-controls": panel.id,
          tabindex: tab === state.tab ? 0 : -1, onclick: () => select(tab),
        }, title),
      ),
    );
    panel.setAttribute("aria-labelledby", `${id}-${state.tab}`);
    panel.replaceChildren(opened.has(state.tab) ? workbench() : question());
    if (opened.has(state.tab)) refresh();
  }

  tabs.addEventListener("keydown", (event) => {
    const all = Object.keys(TABS);
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    select(all[(all.indexOf(state.tab) + move + all.length) % all.length]);
    tabs.querySelector("[aria-selected=true]").focus();
    event.preventDefault();
  });

  function question() {
    const { question, options } = TABS[state.tab];
    const open = (chosen) => {
      opened.add(state.tab);
      if (state.tab === "losses") Object.assign(state, { loss: "mean_absolute_error", points: [...state.points, OUTLIER].slice(0, 12) });
      build();
      if (chosen !== null) {
        const { right, because } = TABS[state.tab];
        const text = `${chosen === right ? "Yes." : `Not quite: ${options[right].toLowerCase()}.`} ${because}`;
        panel.prepend(element("p", { class: "because", tabindex: -1 }, text));
      }
      stop();
      (panel.querySelector(".because") ?? panel.querySelector("select, input")).focus();
    };
    return element("fieldset", { class: "question" }, element("legend", {}, `Predict first. ${question}`),
      ...options.map((option, i) => element("button", { type: "button", onclick: () => open(i) }, option)),
      element("button", { type: "button", class: "skip", onclick: () => open(null) }, "Just show me"));
  }

  function widget(control) {
    const { key, label, options, toggle: flag } = control;
    if (options) {
      const select = element("select", { onchange: () => change({ [key]: select.value }, true) },
        ...Object.entries(options).map(([value, text]) => element("option", { value }, text)));
      return { control, row: element("label", { class: "choice" }, label, select), put: () => (select.value = state[key]) };
    }
    if (flag) {
      const box = element("input", { type: "checkbox", onchange: () => change({ [key]: box.checked }, true) });
      const rule = Object.keys(OPTIMIZERS).indexOf(label);
      const name = rule < 0 ? ` ${label}` : swatch({ name: label, colour: COLOURS[rule], dash: DASHES[rule] });
      return { control, row: element("label", { class: "toggle" }, box, name), put: () => (box.checked = state[key]) };
    }
    const scale = control.log ? Math.log10 : (value) => value;
    const shown = () => (control.power ? String(control.power ** state[key]) : words(state[key]));
    const output = element("output");
    const slider = element("input", { type: "range", "aria-label": label, step: control.log ? 0.01 : control.step });
    const read = () => ({ [key]: settle(control, control.log ? 10 ** slider.valueAsNumber : slider.valueAsNumber, state) });
    slider.addEventListener("input", () => change(read(), false));
    slider.addEventListener("change", () => change(read(), true));
    const put = () => {
      slider.min = scale(limit(control.low, state));
      slider.max = scale(limit(control.high, state));
      slider.value = scale(state[key]);
      slider.setAttribute("aria-valuetext", shown());
      output.textContent = shown();
    };
    return { control, row: element("label", { class: "range" }, element("span", {}, label), output, slider), put };
  }

  function workbench() {
    const widgets = TABS[state.tab].controls.map(widget);
    const rows = widgets.filter(({ control }) => !control.rules && !control.player).map(({ row }) => row);
    const rules = widgets.filter(({ control }) => control.rules).map(({ row }) => row);
    const player = widgets.filter(({ control }) => control.player).map(({ row }) => row);
    const button = (text, act, more = {}) => element("button", { type: "button", onclick: act, ...more }, text);
    parts = {
      widgets,
      figures: element("div", { class: "figures", role: "group", tabindex: 0 }),
      sentence: element("p", { class: "sentence" }),
      table: element("div", { class: "numbers", tabindex: 0, role: "region", "aria-label": "The same in numbers" }),
      code: element("pre", { tabindex: 0 }),
    };
    const buttons = [];
    if (player.length) {
      parts.play = button("Play", play);
      buttons.push(parts.play, button("One step", () => change({ step: state.step < STEPS ? state.step + 1 : 0 }, true)));
    }
    if (state.points)
      buttons.push(
        button("Add an outlier", () => change({ points: [...state.points, OUTLIER].slice(-12) }, true)),
        button("Remove the last point", () => state.points.length > 2 && change({ points: state.points.slice(0, -1) }, true)),
      );
    buttons.push(
      button("Start over", () => {
        pause();
        state = readState(`tab=${state.tab}`);
        build();
        stop();
      }),
      button("Copy link", (event) => copy(event.target, `${PAGE}#${address()}`)),
      button("Copy as Keras code", (event) => copy(event.target, parts.code.textContent)),
    );
    return element("div", { class: "workbench" },
      element("div", { class: "controls" }, ...rows), rules.length ? element("div", { class: "controls rules" }, ...rules) : "",
      parts.figures, ...player, parts.sentence, element("div", { class: "buttons" }, ...buttons), parts.table,
      element("details", { class: "code" }, element("summary", {}, "The same in Keras"), parts.code));
  }

  async function copy(button, text) {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = label), 1500);
    } catch {
      prompt("Copy with Ctrl+C:", text); // no clipboard for pages opened from disk
    }
  }

  const act = (what, stopped) => change(what, stopped);
  /* Follow a pointer from where it goes down until it goes up, though the drawing is replaced meanwhile. */
  act.pointer = (svg, { down, move, up }) => {
    parts.pointer = { ...parts.pointer, move, up };
    svg.addEventListener("pointerdown", (event) => {
      if (!down(event)) return;
      event.preventDefault();
      const going = (moved) => move(moved);
      const gone = (released) => {
        removeEventListener("pointermove", going);
        removeEventListener("pointerup", gone);
        removeEventListener("pointercancel", gone);
        if (released.type === "pointerup") up(released);
      };
      addEventListener("pointermove", going);
      addEventListener("pointerup", gone);
      addEventListener("pointercancel", gone);
    });
  };

  function refresh() {
    if (!parts.widgets) return;
    for (const { control, row, put } of parts.widgets) {
      row.hidden = control.when ? !control.when(state) : false;
      put();
    }
    const result = RESULTS[state.tab](state);
    const drawn = DRAW[state.tab](state, result, act);
    Object.assign(parts, { says: drawn.says, show: drawn.show });
    parts.figures.replaceChildren(...drawn.figures.map(({ svg }) => svg));
    parts.figures.setAttribute("aria-label", drawn.says);
    parts.sentence.textContent = drawn.says;
    parts.code.textContent = result.code;
    const focus = document.activeElement?.dataset?.focus;
    parts.table.replaceChildren(...[drawn.table, drawn.more].filter(Boolean).map(tabulate));
    if (focus) parts.table.querySelector(`[data-focus="${focus}"]`)?.focus();
  }

  function tabulate([head, ...body]) {
    const row = (cells, tag) => element("tr", {}, ...cells.map((cell, i) => element(i && tag !== "th" ? "td" : "th", { scope: tag === "th" ? "col" : i ? null : "row" }, cell)));
    return element("table", {}, element("thead", {}, row(head, "th")), element("tbody", {}, ...body.map((cells) => row(cells))));
  }

  function pause() {
    cancelAnimationFrame(timer);
    playing = 0;
    if (parts.play) parts.play.textContent = "Play";
  }

  function play() {
    if (playing) {
      pause();
      return change({ step: state.step }, true);
    }
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return change({ step: STEPS }, true);
    if (state.step >= STEPS) state.step = 0;
    playing = 1;
    parts.play.textContent = "Pause";
    const slider = parts.widgets.find(({ control }) => control.player);
    const frame = () => {
      state.step += 1;
      parts.show(state.step);
      slider.put();
      if (state.step < STEPS) timer = requestAnimationFrame(frame);
      else {
        pause();
        change({}, true);
      }
    };
    timer = requestAnimationFrame(frame);
  }

  if (own)
    addEventListener("hashchange", () => {
      state = readState(location.hash);
      if (state.open) opened.add(state.tab);
      build();
    });
  host.replaceChildren(tabs, panel, said);
  host.classList.add("ready");
  build();
}

document.querySelectorAll(".playground").forEach(mount);

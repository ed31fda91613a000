"use strict";
// The page follows the study: the server tells when something is new, and the parts are fetched again.
const element = (id) => document.getElementById(id);
const make = (tag, text = "", className = "") => {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
};
const number = (value) => (value === null || value === undefined ? "" : Number(value).toPrecision(4));
const wanted = () => element("filter").value.trim().toLowerCase();
const matches = (text) => text.toLowerCase().includes(wanted());
let curves = [];
let trials = [];
let chosen = -1;

// ------------------------------------------------------------------ the state

function showState(state) {
  const words = [state.now, state.left].filter(Boolean);
  element("now").textContent = words.join(" · ");
  document.title = `${state.live ? "● " : ""}${state.name}`;
  element("stages").replaceChildren(...state.stages.map(stage));
  element("running-section").hidden = !state.live;
  document.querySelector('nav a[href="#running"]').hidden = !state.live;
  element("running-metric").textContent = state.metric;
  element("running-table").tBodies[0].replaceChildren(...state.running.map(runningRow));
  element("nothing-runs").hidden = state.running.length > 0;
  element("verdicts-section").hidden = state.verdicts.length === 0;
  element("verdict-list").replaceChildren(...state.verdicts.map(verdict));
}

function stage(given) {
  const ended = given.complete + given.pruned + given.failed + given.paused;
  const counts = ["complete", "pruned", "paused", "failed"].filter((name) => given[name]);
  const name = make("div", "", "name");
  name.append(make("span", given.name));
  name.append(make("span", `${ended} of ${given.planned}: ${counts.map((c) => `${given[c]} ${c}`).join(", ") || "none yet"}`));
  const bar = make("progress");
  bar.max = Math.max(given.planned, 1);
  bar.value = ended;
  bar.setAttribute("aria-label", given.name);
  const box = make("div", "", "stage");
  box.append(name, bar);
  return box;
}

function runningRow(trial) {
  const row = make("tr");
  const seed = trial.fold === null ? `${trial.seed}` : `${trial.seed}, fold ${trial.fold}`;
  const epoch = trial.epochs === null ? `${trial.epochs_done}` : `${trial.epochs_done}/${trial.epochs}`;
  const left = trial.seconds_left === null ? "" : duration(trial.seconds_left);
  row.append(
    make("td", trial.number, "right"), make("td", trial.label, "left"), make("td", seed, "right"), make("td", epoch, "right"),
    make("td", number(trial.last), "right"), make("td", trial.curve, "left"), make("td", left, "right"),
  );
  return row;
}

function duration(seconds) {
  if (seconds >= 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return seconds >= 60 ? `${(seconds / 60).toFixed(1)} min` : `${seconds.toFixed(0)} s`;
}

function verdict(given) {
  const tones = { helps: "good", hurts: "bad", "no difference": "same", undecided: "open" };
  const item = make("li");
  const where = given.task ? `${given.arm} on ${given.task}` : given.arm;
  item.append(make("strong", `${where}: `), make("span", given.words, `tone-${tones[given.verdict]}`));
  const more = [given.detail, given.final ? "" : "not final"].filter(Boolean).join("; ");
  if (more) item.append(make("span", ` (${more})`, "summary"));
  return item;
}

// ------------------------------------------------------------------ trials and filter

function showTrials() {
  const shown = trials.filter((trial) => matches(trial.label));
  element("trials-table").tBodies[0].replaceChildren(...shown.map(trialRow));
}

function trialRow(trial) {
  const row = make("tr");
  const files = make("td", "", "left");
  for (const [name, file] of [["config", "config.json"], ["log", "history.jsonl"], ["output", "output.txt"]]) {
    const link = make("a", name);
    link.href = `/trials/${encodeURIComponent(trial.folder)}/${file}`;
    files.append(link, " ");
  }
  const state = make("td", trial.state, `left state-${trial.state}`);
  state.title = trial.reason;
  const seed = trial.fold === null ? `${trial.seed}` : `${trial.seed}, fold ${trial.fold}`;
  row.append(
    make("td", trial.number, "right"), make("td", trial.label, "left"), make("td", trial.stage, "left"),
    make("td", seed, "right"), state, make("td", trial.epochs, "right"), make("td", number(trial.value), "right"),
    make("td", trial.seconds, "right"), files,
  );
  return row;
}

function filterReport() {
  for (const row of element("report").querySelectorAll("tbody tr")) {
    row.hidden = !matches(row.cells[0].textContent);
  }
}

// ------------------------------------------------------------------ learning curves

const HEIGHT = 360, LEFT = 56, RIGHT = 12, TOP = 12, BOTTOM = 34;
const COLOURS = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#997700", "#888888"];

function drawn(tag, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

// Multiples of 1, 2 or 5 times a power of ten between two values, three to eight of them.
function roundValues(low, high) {
  if (low === high) return [low];
  const power = 10 ** Math.floor(Math.log10((high - low) / 3));
  const step = power * [5, 2, 1].find((factor) => factor * power * 3 <= (high - low) * 1.0001);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

function showCurves() {
  const shown = curves.filter((curve) => matches(curve.label));
  const chart = element("chart");
  const WIDTH = Math.max(chart.clientWidth, 300);
  if (!shown.length) {
    const text = curves.length ? "No curve belongs to an arm or a trial that contains this text." : "No epoch has been reported.";
    chart.replaceChildren(make("p", text, "summary"));
    element("legend").replaceChildren();
    element("hovered").textContent = "";
    return;
  }
  const epochs = shown.flatMap((curve) => curve.points.map((point) => point[0]));
  const values = shown.flatMap((curve) => curve.points.map((point) => point[1])).sort((a, b) => a - b);
  const low = values[Math.floor(values.length * 0.02)], high = values[values.length - 1];
  const last = Math.max(...epochs, 2);
  const x = (epoch) => LEFT + ((epoch - 1) / (last - 1)) * (WIDTH - LEFT - RIGHT);
  const clipped = (value) => Math.min(Math.max(value, low), high);
  const y = (value) => HEIGHT - BOTTOM - ((clipped(value) - low) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}` });
  for (const value of roundValues(low, high)) {
    svg.append(drawn("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }));
    svg.append(drawn("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, Number(value.toPrecision(6))));
  }
  const step = Math.max(1, Math.ceil(last / Math.max(2, Math.floor(WIDTH / 80))));
  for (let epoch = 1; epoch <= last; epoch += step) {
    svg.append(drawn("text", { x: x(epoch), y: HEIGHT - 14, "text-anchor": "middle" }, epoch));
  }
  svg.append(drawn("text", { x: WIDTH / 2, y: HEIGHT, "text-anchor": "middle" }, "epoch"));
  const labels = [...new Set(shown.map((curve) => (curve.stage === "search" ? "search" : curve.label)))];
  element("legend").replaceChildren(...labels.slice(0, COLOURS.length).map((label, index) => {
    const item = make("li");
    const mark = drawn("svg", { viewBox: "0 0 20 8", width: 20, height: 8, "aria-hidden": true });
    mark.append(drawn("line", { x1: 0, x2: 20, y1: 4, y2: 4, stroke: COLOURS[index], "stroke-width": 3 }));
    item.append(mark, ` ${label}`);
    return item;
  }));
  const paths = shown.map((curve) => {
    const label = curve.stage === "search" ? "search" : curve.label;
    const colour = COLOURS[labels.indexOf(label) % COLOURS.length];
    const points = curve.points.map(([epoch, value]) => `${x(epoch).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const line = drawn("polyline", { class: `curve ${curve.state}`, points, stroke: colour });
    svg.append(line);
    return line;
  });
  const dot = drawn("circle", { r: 4, cx: -9, cy: -9 });
  svg.append(dot);
  const choose = (index, point) => {
    paths.forEach((path, position) => path.classList.toggle("on", position === index));
    chosen = index;
    const curve = shown[index];
    const [epoch, value] = point || curve.points[curve.points.length - 1];
    dot.setAttribute("cx", x(epoch));
    dot.setAttribute("cy", y(value));
    element("hovered").textContent =
      `trial ${curve.trial}, ${curve.label}, seed ${curve.seed}: epoch ${epoch}, ${Number(value.toPrecision(4))} (${curve.state})`;
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const px = ((event.clientX - box.left) / box.width) * WIDTH, py = ((event.clientY - box.top) / box.height) * HEIGHT;
    let best = null;
    shown.forEach((curve, index) => {
      for (const point of curve.points) {
        const distance = (x(point[0]) - px) ** 2 + (y(point[1]) - py) ** 2;
        if (best === null || distance < best.distance) best = { distance, index, point };
      }
    });
    choose(best.index, best.point);
  });
  chart.onkeydown = (event) => {
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    choose((Math.max(chosen, 0) + (chosen < 0 ? 0 : move) + shown.length) % shown.length);
  };
  chart.replaceChildren(svg);
  if (chosen >= 0 && chosen < shown.length) choose(chosen);
  else element("hovered").textContent = "Move over a curve, or use the arrow keys.";
}

// ------------------------------------------------------------------ the report's tables

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
}

async function showParts() {
  const [html, listed, drawnCurves] = await Promise.all([
    fetched("/report.html").then((answer) => answer.text()),
    fetched("/trials.json").then((answer) => answer.json()),
    fetched("/curves.json").then((answer) => answer.json()),
  ]);
  const report = element("report");
  const position = window.scrollY;
  report.innerHTML = html; // made by the report's templates, which escape all text of a study
  report.querySelector("h1")?.remove();
  sortable(report); // of report.js
  trials = listed;
  curves = drawnCurves;
  filterReport();
  showTrials();
  showCurves();
  window.scrollTo(0, position);
}

element("filter").addEventListener("input", () => {
  filterReport();
  showTrials();
  showCurves();
});
const source = new EventSource("/updates");
source.onmessage = (event) => {
  showState(JSON.parse(event.data));
  showParts().catch((error) => { element("now").textContent = String(error); });
};
window.addEventListener("resize", showCurves);
source.onerror = () => { element("now").textContent = "not connected: the server has ended, or will be asked again"; };

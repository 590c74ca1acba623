// The way of the call: as a list, and lit on the flow's picture. A dialog of the flow has a picture of its own, which
// stands there while the call is in it; the flow itself has each dialog as one box.
const byId = (id) => document.getElementById(id);
const WHOLE = "";
const NARROW = 600;
let flow = null;
let steps = [];
let shown = null;
let whole = false;
const drawn = new Map();

export async function layOut() {
  try {
    const answer = await fetch(`/phone/flow${location.search}`);
    if (!answer.ok) throw new Error("none");
    flow = await answer.json();
    byId("whole").disabled = false;
    show();
    list();
  } catch {
    byId("map-said").textContent = "There is no picture of this flow. The way stands above in words.";
  }
}

export function begin() {
  steps = [];
  byId("steps").replaceChildren();
  show();
}

export function step(state) {
  steps.push(state);
  add(steps.length - 1);
  show();
}

function told(state) {
  return flow?.states[state] ?? { title: state.replaceAll("_", " "), kind: "", lane: WHOLE };
}

function label(from, to) {
  const found = flow?.ways.find(([source, target]) => source === from && target === to);
  if (found || !from) return found?.[2] ?? "";
  return flow?.ways.find(([source, target]) => source === "anywhere" && target === to)?.[2] ?? "";
}

function list() {
  byId("steps").replaceChildren();
  steps.forEach((_, at) => add(at));
}

function add(at) {
  const { title, kind, lane } = told(steps[at]);
  const by = at ? label(steps[at - 1], steps[at]) : "";
  const item = document.createElement("li");
  const small = document.createElement("small");
  const where = lane ? `${lane.replaceAll("_", " ")}: ` : "";
  small.textContent = ` ${[kind, by && `by: ${by}`].filter(Boolean).join(", ")}`;
  item.append(`${where}${title}`, small);
  byId("steps").querySelector("[aria-current]")?.removeAttribute("aria-current");
  item.setAttribute("aria-current", "step");
  byId("steps").append(item);
  byId("steps").scrollTop = byId("steps").scrollHeight;
}

function show() {
  if (!flow) return;
  const here = steps.at(-1);
  const name = whole || !here ? WHOLE : told(here).lane;
  if (name !== shown) draw(name);
  byId("lane").textContent = name ? `Dialog: ${flow.lanes[name].title}` : flow.lanes[WHOLE].title;
  mark();
}

// A picture is read once: the microphone's frames come by this thread too.
function draw(name) {
  if (!drawn.has(name)) {
    const parsed = new DOMParser().parseFromString(flow.lanes[name].svg, "image/svg+xml");
    const svg = document.importNode(parsed.documentElement, true);
    svg.setAttribute("aria-hidden", "true");
    drawn.set(name, svg);
  }
  byId("map").replaceChildren(drawn.get(name));
  shown = name;
}

function box(state) {
  const { lane } = told(state);
  return lane === shown || lane === WHOLE ? `state:${state}` : `dialog:${lane}`;
}

function mark() {
  const parts = new Map();
  for (const part of byId("map").querySelectorAll(".node, .edge")) {
    part.classList.remove("came", "here");
    const name = part.querySelector("title")?.textContent;
    parts.set(name, [...(parts.get(name) ?? []), part]);
  }
  const light = (name, how) => parts.get(name)?.forEach((part) => part.classList.add(how)) ?? false;
  steps.forEach((state, at) => {
    light(box(state), "came");
    const from = at && box(steps[at - 1]);
    if (!from || from === box(state)) return;
    if (light(`${from}->${box(state)}`, "came") === false) light(`anywhere->${box(state)}`, "came");
  });
  if (steps.length) light(box(steps.at(-1)), "here");
  look();
}

// Where the call stands comes to the middle; a small picture is drawn larger than it was laid out.
function look() {
  const map = byId("map");
  const svg = map.querySelector("svg");
  if (!svg) return;
  const { width, height } = svg.viewBox.baseVal;
  const scale = map.clientWidth < NARROW ? 1.1 : 1.25;
  svg.setAttribute("width", width * scale);
  svg.setAttribute("height", height * scale);
  const node = map.querySelector(".here") ?? map.querySelector(".node");
  if (whole || !node) return;
  const frame = map.getBoundingClientRect();
  const at = node.getBoundingClientRect();
  map.scrollBy({
    left: at.x + at.width / 2 - frame.x - frame.width / 2,
    top: at.y + at.height / 2 - frame.y - frame.height / 2,
  });
}

byId("whole").addEventListener("click", () => {
  whole = !whole;
  byId("whole").setAttribute("aria-pressed", String(whole));
  byId("map").classList.toggle("whole", whole);
  show();
});
addEventListener("resize", () => {
  look();
  byId("steps").scrollTop = byId("steps").scrollHeight;
});

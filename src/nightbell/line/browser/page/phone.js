// The page of the browser phone: a call over one WebSocket, sound as 16-bit PCM of 8000 Hz, the rest as JSON.
import * as handset from "/phone/handset.js";
import * as way from "/phone/way.js";

const byId = (id) => document.getElementById(id);
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const NAMES = { "*": "star", "#": "hash" };
const NOT_OPENED = 1006;
const LEFT_MS = 300;
const scheme = location.protocol === "https:" ? "wss" : "ws";
let socket = null;
let audio = null;
let microphone = null;
let ear = null;

function tell(text) {
  byId("state").textContent = text;
}

function caption(who, text) {
  const item = document.createElement("p");
  const name = document.createElement("b");
  name.textContent = `${who}: `;
  item.append(name, document.createTextNode(text));
  byId("captions").append(item);
  byId("captions").scrollTop = byId("captions").scrollHeight;
}

function live(on) {
  const had = document.activeElement;
  byId("call").disabled = on;
  byId("down").disabled = !on;
  for (const button of byId("keys").children) button.disabled = !on;
  if (had?.disabled) byId(on ? "down" : "call").focus();
}

function press(key) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ press: key }));
}

function take(data) {
  const message = JSON.parse(data);
  if (message.who === "way") {
    way.step(message.text);
    return;
  }
  if (message.who === "handset") {
    handset.told(message);
    if (ear) ear.gain.value = handset.isUp() ? 0.2 : 1;
  }
  caption(message.who, message.text);
}

async function call() {
  live(true);
  byId("captions").replaceChildren();
  way.begin();
  tell("Asking for the microphone.");
  try {
    microphone = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, channelCount: 1 } });
    audio = new AudioContext();
    await audio.audioWorklet.addModule("/phone/worklet.js");
  } catch {
    over("There is no microphone that this page may use. Allow it, and call again.");
    return;
  }
  const node = new AudioWorkletNode(audio, "telephone", { outputChannelCount: [1] });
  ear = audio.createGain();
  audio.createMediaStreamSource(microphone).connect(node).connect(ear).connect(audio.destination);
  tell("Ringing.");
  const mine = new WebSocket(`${scheme}://${location.host}/phone/call${location.search}`);
  socket = mine;
  mine.binaryType = "arraybuffer";
  handset.lay((message) => {
    if (mine.readyState === WebSocket.OPEN) mine.send(message);
  }, audio);
  node.port.onmessage = ({ data }) => {
    // While the handset is at the ear, the microphone is not the caller's.
    if (mine.readyState === WebSocket.OPEN) mine.send(handset.isUp() ? new ArrayBuffer(data.byteLength) : data);
  };
  mine.onopen = () => tell("Connected.");
  mine.onmessage = ({ data }) => {
    if (typeof data === "string") take(data);
    else node.port.postMessage(data, [data]);
  };
  mine.onclose = ({ code }) => {
    over(code === NOT_OPENED ? "The line did not take the call." : "The call is over.");
    if (code === NOT_OPENED) lookAtLink();
  };
}

// A link that was used or is out of date has a page that says what to do.
async function lookAtLink() {
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (answer?.status === 403 || answer?.status === 410) location.reload();
}

function over(text) {
  for (const track of microphone?.getTracks() ?? []) track.stop();
  // The last words still wait in the worklet, for up to 200 ms.
  const ending = audio;
  if (ending) setTimeout(() => ending.close(), LEFT_MS);
  socket = audio = microphone = ear = null;
  handset.over();
  live(false);
  tell(text);
}

for (const key of KEYS) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = key;
  button.dataset.key = key;
  if (NAMES[key]) button.setAttribute("aria-label", `${key} ${NAMES[key]}`);
  button.addEventListener("click", () => press(key));
  byId("keys").append(button);
}
byId("call").addEventListener("click", call);
byId("down").addEventListener("click", () => socket?.close());
document.addEventListener("keydown", ({ key, ctrlKey, metaKey, altKey }) => {
  if (KEYS.includes(key) && !ctrlKey && !metaKey && !altKey) press(key);
});
live(false);
way.layOut();

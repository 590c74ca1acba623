// The page of the browser phone: a call over one WebSocket, sound as 16-bit PCM of 8000 Hz, the rest as JSON.
const byId = (id) => document.getElementById(id);
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const NAMES = { "*": "star", "#": "hash" };
const scheme = location.protocol === "https:" ? "wss" : "ws";
let socket = null;
let audio = null;
let microphone = null;

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
  byId("call").disabled = on;
  byId("down").disabled = !on;
  for (const button of byId("keys").children) button.disabled = !on;
}

function press(key) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ press: key }));
}

async function call() {
  live(true);
  byId("captions").replaceChildren();
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
  audio.createMediaStreamSource(microphone).connect(node).connect(audio.destination);
  tell("Ringing.");
  const mine = new WebSocket(`${scheme}://${location.host}/phone/call${location.search}`);
  socket = mine;
  mine.binaryType = "arraybuffer";
  node.port.onmessage = ({ data }) => {
    if (mine.readyState === WebSocket.OPEN) mine.send(data);
  };
  mine.onopen = () => tell("Connected.");
  mine.onmessage = ({ data }) => {
    if (typeof data !== "string") {
      node.port.postMessage(data, [data]);
      return;
    }
    const { who, text } = JSON.parse(data);
    caption(who, text);
  };
  mine.onclose = ({ code }) => over(code === 1006 ? "The line did not take the call." : "The call is over.");
}

function over(text) {
  for (const track of microphone?.getTracks() ?? []) track.stop();
  audio?.close();
  socket = audio = microphone = null;
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

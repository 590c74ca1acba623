// The handset of who is on call: it rings when the line gets a person, speaks the reason, and has keys of its own.
const byId = (id) => document.getElementById(id);
const RING_HZ = [440, 480];
const RING_S = 1;
const EVERY_MS = 3000;
let state = "idle";
let send = () => {};
let audio = null;
let ringing = null;
let speaking = null;

export function lay(sender, context) {
  send = sender;
  audio = context;
}

export function isUp() {
  return state === "asking";
}

export function told({ text, state: now, sound }) {
  byId("handset-said").textContent = text;
  if (now) become(now);
  if (sound) speak(sound);
}

export function over() {
  if (state !== "idle") byId("handset-said").textContent = "The call is over.";
  become("idle");
  send = () => {};
  audio = null;
}

function become(now) {
  const inside = byId("handset").contains(document.activeElement);
  state = now;
  byId("handset").dataset.state = now;
  for (const button of buttons()) button.disabled = !button.dataset.when.split(" ").includes(now);
  clearInterval(ringing);
  ringing = null;
  if (now === "ringing") {
    ring();
    ringing = setInterval(ring, EVERY_MS);
  }
  if (now !== "asking") speaking?.stop();
  if (now === "asking") byId("handset").scrollIntoView({ block: "nearest" });
  if (inside && document.activeElement?.disabled !== false) {
    const next = now === "asking" ? byId("handset").querySelector('[data-does="1"]') : null;
    (next ?? buttons().find((button) => !button.disabled) ?? byId("down")).focus();
  }
}

function buttons() {
  return [...byId("handset").querySelectorAll("[data-does]")];
}

function ring() {
  if (!audio) return;
  const volume = audio.createGain();
  volume.gain.value = 0.04;
  volume.connect(audio.destination);
  for (const hz of RING_HZ) {
    const tone = audio.createOscillator();
    tone.frequency.value = hz;
    tone.connect(volume);
    tone.start();
    tone.stop(audio.currentTime + RING_S);
  }
}

function speak(sound) {
  if (!audio) return;
  const bytes = Uint8Array.from(atob(sound), (sign) => sign.charCodeAt(0));
  const samples = new Int16Array(bytes.buffer);
  const buffer = audio.createBuffer(1, samples.length, 8000);
  buffer.copyToChannel(Float32Array.from(samples, (one) => one / 32768), 0);
  speaking = audio.createBufferSource();
  speaking.buffer = buffer;
  speaking.connect(audio.destination);
  speaking.start();
  byId("handset").dataset.spoken = buffer.duration.toFixed(1);
}

function does(what) {
  send(JSON.stringify({ handset: what }));
}

for (const button of buttons()) button.addEventListener("click", () => does(button.dataset.does));
byId("handset").addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, altKey } = event;
  if (state !== "asking" || !"123".includes(key) || ctrlKey || metaKey || altKey) return;
  event.stopPropagation();
  does(key);
});

// The telephone between the browser's own rate and 8000 Hz, both ways, off the page's thread.
// Out: a windowed sinc keeps what is below 3.6 kHz, taken at every 8000th of a second, 20 ms to a message.
// In: what came waits in a queue, 60 ms before it is played and 200 ms at most, and is drawn out in straight lines.
const RATE = 8000;
const FRAME = 160;
const TAPS = 64;
const BEGIN = 3 * FRAME;
const MOST = 10 * FRAME;

class Telephone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / RATE;
    this.taps = Float32Array.from({ length: TAPS }, (_, n) => {
      const x = n - (TAPS - 1) / 2;
      const cut = (2 * 3600) / sampleRate;
      const window = 0.54 - 0.46 * Math.cos((2 * Math.PI * n) / (TAPS - 1));
      return window * cut * (x === 0 ? 1 : Math.sin(Math.PI * cut * x) / (Math.PI * cut * x));
    });
    this.past = new Float32Array(TAPS + 128);
    this.due = 0;
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.queue = [];
    this.at = 0;
    this.playing = false;
    this.port.onmessage = ({ data }) => this.came(new Int16Array(data));
  }

  came(samples) {
    for (const one of samples) this.queue.push(one / 32768);
    if (this.queue.length > MOST) this.queue.splice(0, this.queue.length - BEGIN);
  }

  process([input], [output]) {
    this.hear(input?.[0]);
    this.play(output[0]);
    return true;
  }

  hear(sound) {
    const many = sound?.length ?? 128;
    this.past.copyWithin(0, many);
    if (sound) this.past.set(sound, this.past.length - many);
    else this.past.fill(0, this.past.length - many);
    const first = this.past.length - many - TAPS + 1;
    for (; this.due < many; this.due += this.step) {
      let sum = 0;
      const from = first + Math.floor(this.due);
      for (let n = 0; n < TAPS; n += 1) sum += this.taps[n] * this.past[from + n];
      this.frame[this.filled] = Math.max(-32768, Math.min(32767, Math.round(sum * 32767)));
      this.filled += 1;
      if (this.filled === FRAME) {
        this.port.postMessage(this.frame.buffer.slice(0));
        this.filled = 0;
      }
    }
    this.due -= many;
  }

  play(sound) {
    if (!this.playing && this.queue.length >= BEGIN) this.playing = true;
    for (let n = 0; n < sound.length; n += 1) {
      if (this.playing && this.queue.length < 2) this.playing = false;
      if (!this.playing) {
        sound[n] = 0;
        continue;
      }
      sound[n] = this.queue[0] + (this.queue[1] - this.queue[0]) * this.at;
      this.at += 1 / this.step;
      if (this.at >= 1) {
        this.at -= 1;
        this.queue.shift();
      }
    }
  }
}

registerProcessor("telephone", Telephone);

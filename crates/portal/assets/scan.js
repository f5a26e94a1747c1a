// Reads a QR code from the camera or from a picture. Everything happens in this browser: no picture leaves
// it, and what was read is sent by a button.

const page = document.querySelector("[data-scan]");
const video = page.querySelector("video");
const told = page.querySelector("[data-told]");
const start = page.querySelector("[data-start]");
const stop = page.querySelector("[data-stop]");
const picture = page.querySelector("input[type=file]");
const parts = page.querySelector("[data-parts]");
const form = document.querySelector("[data-found]");

/** Milliseconds between two looks; reading one takes about ten. */
const PAUSE = 120;
/** Pixels on a side beyond which a picture is made smaller. */
const LARGEST = 1600;
/** A frame of a moving code (docs/spec/qr.md, Q4), and the most of a sequence (Q6). */
const FRAME = /^keyferry\/([a-z2-7]{8})\/([1-9]\d{0,2})\/([1-9]\d{0,2})\/[a-z2-7]{2,1640}$/i;
const MOST_FRAMES = 512;
/** A form of a frame that a later version may bring (Q4). */
const LATER_FRAME = /^keyferry\/\*/i;
/** Moving codes that are collected at once; beyond, the one goes that was not seen for longest. */
const MOST_SEQUENCES = 8;
const OPTIONS = { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 };

/** Milliseconds between two numbers of parts: what is told is read out. */
const APART = 3000;

let reader;
let stream;
/** Counts what is begun and ended: whatever comes back to another count comes too late. */
let run = 0;

/** What is still to be told, and when a number of parts was told last. */
let later;
let lately = -APART;

function say(text) {
  clearTimeout(later);
  if (told.textContent !== text) told.textContent = text;
}

/** Says how far it is; a camera reads several parts a second, and the newest number waits for its turn. */
function sayParts(text) {
  const wait = stream ? lately + APART - performance.now() : 0;
  clearTimeout(later);
  if (wait > 0) {
    later = setTimeout(sayParts, wait, text);
    return;
  }
  lately = performance.now();
  say(text);
}

/** The reader, fetched when it is wanted for the first time. */
function load() {
  reader ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = page.dataset.reader;
    script.addEventListener("error", () => reject(new Error("the reader did not load")));
    script.addEventListener("load", () => {
      const overrides = { locateFile: () => page.dataset.wasm };
      ZXingWASM.prepareZXingModule({ overrides, fireImmediately: true }).then(
        () => resolve(ZXingWASM),
        reject,
      );
    });
    document.head.append(script);
  });
  // Next time it is fetched anew.
  reader.catch(() => (reader = undefined));
  return reader;
}

const UNLOADED = "The reader of QR codes did not load. Try again, or paste the text of the code.";

/** Whether the reader is there. */
async function loaded() {
  try {
    await load();
    return true;
  } catch {
    return false;
  }
}

/** The text of the QR code in an image, or null. */
async function read(source, width, height) {
  const scale = Math.min(1, LARGEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const { readBarcodes } = await load();
  const image = context.getImageData(0, 0, canvas.width, canvas.height);
  const [found] = await readBarcodes(image, OPTIONS);
  return found?.text ?? null;
}

/** What is there of each moving code: its frames by number. The one seen last is at the end. */
const sequences = new Map();

/** Takes what a code says; whether that ends the looking. */
function found(text) {
  const said = text.trim();
  const [, id, number, total] = FRAME.exec(said) ?? [];
  if (id !== undefined) return frame(said, id.toUpperCase(), Number(number), Number(total));
  if (LATER_FRAME.test(said)) {
    say("This code was made by a newer version of Keyferry, and cannot be read here.");
    return false;
  }
  if (!/^(keyferry:|https:\/\/[^#]*#)[a-z2-7]+$/i.test(said)) {
    say("This QR code is none of Keyferry’s. Look for the one that Keyferry shows.");
    return false;
  }
  whole(said);
  return true;
}

function frame(said, id, number, total) {
  if (number > total || total > MOST_FRAMES) {
    say("This moving code is none of Keyferry’s. Look for the one that Keyferry shows.");
    return false;
  }
  const of = `${id}/${total}`;
  const seen = sequences.get(of) ?? new Map();
  sequences.delete(of);
  sequences.set(of, seen);
  if (sequences.size > MOST_SEQUENCES) sequences.delete(sequences.keys().next().value);
  const news = !seen.has(number);
  if (news) seen.set(number, said);
  if (news || shown !== of) progress(of, seen, total);
  if (seen.size < total) return false;
  sequences.delete(of);
  whole([...seen.keys()].sort((a, b) => a - b).map((one) => seen.get(one)).join("\n"));
  return true;
}

/** The moving code whose parts are shown. */
let shown;

function progress(of, seen, total) {
  shown = of;
  const numbers = Array.from({ length: total }, (_, at) => at + 1);
  parts.replaceChildren(
    ...numbers.map((number) => {
      const item = document.createElement("li");
      item.textContent = `${number}`;
      item.className = seen.has(number) ? "here" : "";
      item.setAttribute("aria-label", `Part ${number}: ${seen.has(number) ? "read" : "missing"}`);
      return item;
    }),
  );
  parts.hidden = false;
  const missing = numbers.filter((number) => !seen.has(number));
  const few = missing.slice(0, 8).join(", ") + (missing.length > 8 ? " …" : "");
  sayParts(`${seen.size} of ${total} parts are read. Missing: ${few || "none"}.`);
}

/** Everything is read: offers to send it. */
function whole(text) {
  end();
  form.querySelector("[name=text]").value = text;
  form.querySelector("[data-length]").textContent = text.length.toLocaleString(
    document.documentElement.lang,
  );
  form.hidden = false;
  say("The code was read.");
  form.querySelector("h2").focus();
}

function off(tracks) {
  for (const track of tracks?.getTracks() ?? []) track.stop();
}

/** Ends whatever is looked at; what is under way hears of it by the count. */
function end() {
  run += 1;
  off(stream);
  stream = undefined;
  video.srcObject = null;
  video.hidden = true;
  stop.hidden = true;
  start.hidden = false;
}

/** Nobody leaves a camera on that cannot be seen. */
function unseen() {
  if (document.hidden && stream)
    gone("The camera was switched off because this page was out of sight. What was read is kept.");
}

/** Ends it, says why, and leaves whoever was at the one button at the other. */
function gone(why) {
  const here = document.activeElement === stop;
  end();
  if (here) start.focus();
  say(why);
}

async function watch() {
  end();
  const own = run;
  form.hidden = true;
  // The browser may ask for long, and the way back is there meanwhile.
  start.hidden = true;
  stop.hidden = false;
  stop.focus();
  say("Waiting for the camera …");
  try {
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    const found = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "environment", ...size },
    });
    if (own !== run) return off(found);
    stream = found;
    for (const track of stream.getTracks()) {
      track.addEventListener("ended", () => {
        if (own === run) gone("The camera went away. What was read is kept. Plug it in again and switch it on.");
      });
    }
    video.srcObject = stream;
    video.hidden = false;
    unseen();
    if (own !== run) return;
    await video.play();
  } catch (fault) {
    if (own !== run) return;
    gone(
      fault?.name === "NotAllowedError"
        ? "This browser may not use the camera. Allow it in the address bar, or choose a picture of the code."
        : "There is no camera to use. Choose a picture of the code, or paste its text.",
    );
    return;
  }
  const ready = await loaded();
  if (own !== run) return;
  if (!ready) {
    gone(UNLOADED);
    return;
  }
  say("Hold the code in front of the camera, so that it fills most of the picture.");
  while (own === run) {
    let text = null;
    try {
      if (video.videoWidth > 0) text = await read(video, video.videoWidth, video.videoHeight);
    } catch {
      if (own !== run) return;
      gone("What the camera shows cannot be read here. Choose a picture of the code, or paste its text.");
      return;
    }
    if (own !== run || (text !== null && found(text))) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

async function look() {
  const files = [...picture.files];
  if (files.length === 0) return;
  end();
  const own = run;
  // The same picture can be chosen again.
  picture.value = "";
  form.hidden = true;
  say(files.length === 1 ? "Reading the picture …" : "Reading the pictures …");
  const ready = await loaded();
  if (own !== run) return;
  if (!ready) {
    say(UNLOADED);
    return;
  }
  const bad = [];
  for (const file of files) {
    try {
      const image = await createImageBitmap(file);
      const text = await read(image, image.width, image.height);
      if (own !== run) return;
      if (text === null) {
        const named = files.length === 1 ? "this picture" : file.name;
        bad.push(`There is no QR code in ${named}, or it is not sharp enough. Take it again, closer and straight on.`);
      } else if (found(text)) {
        return;
      }
    } catch {
      if (own !== run) return;
      const named = files.length === 1 ? "This file" : file.name;
      bad.push(`${named} is no picture that this browser can show.`);
    }
  }
  if (bad.length > 0) say([told.textContent.replace(/^Reading.*/, ""), ...bad].join(" ").trim());
}

page.hidden = false;
if (navigator.mediaDevices?.getUserMedia) {
  start.addEventListener("click", watch);
} else {
  start.hidden = true;
  say("This browser gives the camera only to pages under TLS. Choose a picture of the code instead.");
}
stop.addEventListener("click", () => gone("The camera is off."));
document.addEventListener("visibilitychange", unseen);
picture.addEventListener("change", look);
addEventListener("pagehide", end);

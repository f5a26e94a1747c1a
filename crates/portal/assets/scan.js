// Reads a QR code from the camera or from a picture. Everything happens in this browser: no picture leaves
// it, and what was read is sent by a button.

const page = document.querySelector("[data-scan]");
const video = page.querySelector("video");
const told = page.querySelector("[data-told]");
const start = page.querySelector("[data-start]");
const stop = page.querySelector("[data-stop]");
const picture = page.querySelector("input[type=file]");
const form = document.querySelector("[data-found]");

/** Milliseconds between two looks; reading one takes about ten. */
const PAUSE = 120;
/** Pixels on a side beyond which a picture is made smaller. */
const LARGEST = 1600;
const OPTIONS = { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 };

let reader;
let stream;

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
  return reader;
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

function found(text) {
  if (!/^(keyferry:|https:\/\/[^#]*#)[a-z2-7]+$/i.test(text.trim())) {
    told.textContent = "This QR code is none of Keyferry’s. Look for the one that Keyferry shows.";
    return false;
  }
  end();
  form.querySelector("[name=text]").value = text.trim();
  form.querySelector("[data-length]").textContent = text.trim().length.toLocaleString(
    document.documentElement.lang,
  );
  form.hidden = false;
  told.textContent = "The code was read.";
  form.querySelector("h2").focus();
  return true;
}

function end() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = undefined;
  video.srcObject = null;
  video.hidden = true;
  stop.hidden = true;
  start.hidden = false;
}

async function watch() {
  form.hidden = true;
  told.textContent = "Waiting for the camera …";
  try {
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "environment", ...size },
    });
    video.srcObject = stream;
    video.hidden = false;
    stop.hidden = false;
    start.hidden = true;
    await video.play();
    await load();
  } catch (fault) {
    end();
    told.textContent =
      fault?.name === "NotAllowedError"
        ? "This browser may not use the camera. Allow it in the address bar, or choose a picture of the code."
        : "There is no camera to use. Choose a picture of the code, or paste its text.";
    return;
  }
  told.textContent = "Hold the code in front of the camera, so that it fills most of the picture.";
  while (stream) {
    const text = video.videoWidth > 0 ? await read(video, video.videoWidth, video.videoHeight) : null;
    if (text !== null && stream && found(text)) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

async function look() {
  const file = picture.files[0];
  if (!file) return;
  end();
  form.hidden = true;
  told.textContent = "Reading the picture …";
  try {
    const image = await createImageBitmap(file);
    const text = await read(image, image.width, image.height);
    if (text === null) {
      told.textContent = "There is no QR code in this picture, or it is not sharp enough. Take it again, closer and straight on.";
    } else {
      found(text);
    }
  } catch {
    told.textContent = "This file is no picture that this browser can show.";
  }
}

page.hidden = false;
if (navigator.mediaDevices?.getUserMedia) {
  start.addEventListener("click", watch);
} else {
  start.hidden = true;
  told.textContent = "This browser gives the camera only to pages under TLS. Choose a picture of the code instead.";
}
stop.addEventListener("click", () => {
  end();
  told.textContent = "The camera is off.";
});
picture.addEventListener("change", look);
addEventListener("pagehide", end);

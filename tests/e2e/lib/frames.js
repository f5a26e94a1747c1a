// A vendor's moving QR code, made and drawn by the published format (docs/spec/qr.md) with nothing of Keyferry's own.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { prepareZXingModule, writeBarcode } from "zxing-wasm/writer";

const WASM = createRequire(import.meta.url).resolve("zxing-wasm/writer/zxing_writer.wasm");
// It would fetch its program from the network otherwise.
prepareZXingModule({ overrides: { wasmBinary: readFileSync(WASM).buffer } });

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function base32(bytes) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits
    .match(/.{1,5}/g)
    .map((five) => ALPHABET[parseInt(five.padEnd(5, "0"), 2)])
    .join("");
}

/** The texts of the frames of a content, in their order. */
export function framesOf(content, total) {
  const id = base32(createHash("sha256").update(content).digest().subarray(0, 5));
  const length = Math.ceil(content.length / total);
  return Array.from({ length: total }, (_, at) => {
    const part = base32(content.subarray(at * length, (at + 1) * length));
    return `KEYFERRY/${id}/${at + 1}/${total}/${part}`;
  });
}

/** The rows of a text's QR code, a letter for each module: `#` is dark. */
export async function drawn(text) {
  const { symbol, error } = await writeBarcode(text, { format: "QRCode", options: "ecLevel=L" });
  if (error) throw new Error(error);
  const { data, width, height } = symbol;
  return Array.from({ length: height }, (_, y) =>
    [...data.subarray(y * width, (y + 1) * width)].map((grey) => (grey < 128 ? "#" : " ")).join(""),
  );
}

/**
 * Puts a camera before the page that films these codes, one after the other, four a second. There is no
 * camera in a test machine; all behind `getUserMedia` is real.
 */
export async function film(wizard, codes, rate = 4) {
  await wizard.page(
    (codes, rate) => {
      clearInterval(window.film?.timer);
      window.film = { asked: [], tracks: [], codes, at: 0 };
      let canvas;
      const draw = () => {
        if (!canvas) return;
        const pen = canvas.getContext("2d");
        const { codes, at } = window.film;
        const rows = codes[at % codes.length];
        window.film.at += 1;
        pen.fillStyle = "#b8b4ac";
        pen.fillRect(0, 0, canvas.width, canvas.height);
        const module = Math.floor(600 / (rows.length + 8));
        const left = Math.round((canvas.width - module * rows.length) / 2);
        const top = Math.round((canvas.height - module * rows.length) / 2);
        pen.fillStyle = "#f4f4f0";
        const quiet = 4 * module;
        pen.fillRect(left - quiet, top - quiet, module * rows.length + 2 * quiet, module * rows.length + 2 * quiet);
        pen.fillStyle = "#20242c";
        rows.forEach((row, y) =>
          [...row].forEach((dark, x) => {
            if (dark === "#") pen.fillRect(left + x * module, top + y * module, module, module);
          }),
        );
      };
      window.film.timer = setInterval(draw, 1000 / rate);
      // On the prototype: what is set on the object itself is gone when nobody holds it for a while.
      MediaDevices.prototype.getUserMedia = async (wanted) => {
        window.film.asked.push(wanted);
        canvas = Object.assign(document.createElement("canvas"), { width: 960, height: 720 });
        draw();
        const stream = canvas.captureStream(10);
        window.film.tracks.push(...stream.getTracks());
        return stream;
      };
    },
    codes,
    rate,
  );
}

/** Whether any camera that was started is still on. */
export function light(wizard) {
  return wizard.page(() => window.film.tracks.some(({ readyState }) => readyState === "live"));
}

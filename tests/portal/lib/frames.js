// Moving QR codes from the specification alone (docs/spec/qr.md), drawn by another program than ours.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { prepareZXingModule, writeBarcode } from "zxing-wasm/writer";

const require = createRequire(import.meta.url);
const { buffer } = readFileSync(require.resolve("zxing-wasm/writer/zxing_writer.wasm"));
prepareZXingModule({ overrides: { wasmBinary: buffer } });

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648 §6, without padding. */
function base32(bytes) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.replace(/.{1,5}/g, (five) => ALPHABET[parseInt(five.padEnd(5, "0"), 2)]);
}

/** The bytes of an artefact in text form. */
export function bytesOf(text) {
  const lines = text.trim().split("\n");
  return Buffer.from(lines.slice(1, -2).join(""), "base64");
}

/** The texts of the frames of a content. */
export function frames(content, count) {
  const id = base32(createHash("sha256").update(content).digest().subarray(0, 5));
  const length = Math.ceil(content.length / count);
  return Array.from({ length: count }, (_, at) => {
    const part = content.subarray(at * length, (at + 1) * length);
    return `KEYFERRY/${id}/${at + 1}/${count}/${base32(part)}`;
  });
}

/** A text as a QR code: a picture, and its rows of modules, `true` is dark. */
export async function drawn(text) {
  const options = { format: "QRCode", options: "ecLevel=L", scale: 6, withQuietZones: true };
  const { image, symbol, error } = await writeBarcode(text, options);
  if (!image) throw new Error(error);
  const { width, height, data } = symbol;
  const row = (y) => Array.from({ length: width }, (_, x) => data[y * width + x] === 0);
  return {
    picture: Buffer.from(await image.arrayBuffer()),
    modules: Array.from({ length: height }, (_, y) => row(y)),
  };
}

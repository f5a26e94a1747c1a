// Reads Keyferry's armor and the text of its QR codes by the published formats, with nothing of Keyferry's own.
import assert from "node:assert/strict";

/** The bytes in an armored file. */
export function dearmored(text) {
  const lines = text.toString().trimEnd().split("\n");
  assert.match(lines.shift(), /^-----BEGIN KEYFERRY [A-Z ]+-----$/);
  assert.match(lines.pop(), /^-----END KEYFERRY [A-Z ]+-----$/);
  assert.match(lines.pop(), /^=[A-Za-z0-9+/]{4}$/);
  return Buffer.from(lines.join(""), "base64");
}

/** The bytes behind the `#`, or behind `KEYFERRY:`, in base32 (RFC 4648 §6) without padding. */
export function fromQr(text) {
  const [, symbols] = /(?:#|^KEYFERRY:)([A-Z2-7]+)$/.exec(text);
  const bits = [...symbols]
    .map((symbol) =>
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(symbol).toString(2).padStart(5, "0"),
    )
    .join("");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

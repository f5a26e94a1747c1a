// QR codes on the screen, read by a reader that is not ours.
import assert from "node:assert/strict";

import { run } from "./programs.js";

/** The text of the QR code in a picture. */
export function scanned(picture) {
  const { code, stdout, stderr } = run("zbarimg", ["--quiet", "--raw", picture]);
  assert.equal(code, 0, `no QR code was found in ${picture}: ${stderr}`);
  return stdout.trim();
}

// A film for Chromium's made-up camera: codes one after the other on a grey ground, as YUV4MPEG2.
import { writeFileSync } from "node:fs";

const WIDTH = 1280;
const HEIGHT = 720;
/** Pictures of one code, ten a second. */
const PICTURES = 3;

/** @param codes each as rows of modules, `true` is dark */
export function film(file, ...codes) {
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420\n`);
  const pictures = codes.flatMap((modules) => Array.from({ length: PICTURES }, () => picture(modules)));
  writeFileSync(file, Buffer.concat([head, ...pictures]));
}

function picture(modules) {
  const side = modules.length + 8;
  const scale = Math.floor((HEIGHT * 0.9) / side);
  const left = Math.floor((WIDTH - side * scale) / 2);
  const top = Math.floor((HEIGHT - side * scale) / 2);
  const luma = Buffer.alloc(WIDTH * HEIGHT, 120);
  for (let y = 0; y < side * scale; y += 1) {
    for (let x = 0; x < side * scale; x += 1) {
      const dark = modules[Math.floor(y / scale) - 4]?.[Math.floor(x / scale) - 4] ?? false;
      luma[(top + y) * WIDTH + left + x] = dark ? 20 : 230;
    }
  }
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  return Buffer.concat([Buffer.from("FRAME\n"), luma, chroma]);
}

// Every screen without a shell, for looking at it: `npm run look`, then choose by the address,
// `?screen=carry-qr&theme=dark&language=en-XA&direction=rtl`. Never part of what ships.
import "../src/styles/tokens.css";
import "../src/styles/base.css";

import { flushSync, mount } from "svelte";

import App from "../src/App.svelte";
import { language } from "../src/lib/language.svelte";
import { look } from "../src/lib/look.svelte";
import type { Theme } from "../src/lib/views";
import { speakPseudo } from "../tests/pseudo";
import { scenes } from "../tests/scenes";

const asked = new URLSearchParams(location.search);
const name = asked.get("screen");
if (name === null) {
  for (const each of Object.keys(scenes)) {
    const link = document.createElement("a");
    link.href = `?screen=${each}`;
    link.textContent = each;
    document.body.append(link, document.createElement("br"));
  }
} else {
  look.choice = (asked.get("theme") ?? "system") as Theme;
  await language.choose("en");
  if (asked.get("language") === "en-XA") {
    speakPseudo();
  }
  const scene = scenes[name];
  if (!scene) throw new Error(`there is no scene ${name}`);
  const { shell, journey, after } = scene();
  mount(App, { target: document.body, props: { backend: shell, journey } });
  flushSync();
  after?.();
  const direction = asked.get("direction");
  if (direction !== null) setTimeout(() => (document.documentElement.dir = direction), 50);
}

// Starts the wizard: preferences first, so that the first thing shown is already right.
import "./styles/tokens.css";
import "./styles/base.css";

import { mount } from "svelte";

import App from "./App.svelte";
import { shell } from "./lib/backend";
import { Journey } from "./lib/journey.svelte";
import { language } from "./lib/language.svelte";
import { look } from "./lib/look.svelte";
import type { PreferencesView } from "./lib/views";

async function preferences(): Promise<PreferencesView> {
  try {
    return await shell.preferences();
  } catch {
    // What is wrong with the store is told on Home; that is no reason to show nothing.
    return { language: null, theme: "system" };
  }
}

const { language: wish, theme } = await preferences();
look.choice = theme;
await language.choose(wish);
mount(App, { target: document.body, props: { backend: shell, journey: new Journey() } });

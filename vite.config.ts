// How the wizard's frontend is built, served for `tauri dev`, tested, and looked at without a shell.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

import packageJson from "./package.json" with { type: "json" };
import { writePseudoLocale } from "./ui/messages/pseudo.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The pseudo-locale belongs to tests and to looking at the screens; what ships never knows of it. */
function messages(mode: string) {
  if (mode !== "test" && mode !== "look") {
    return {
      project: at("./ui/messages/project.inlang"),
      outdir: at("./ui/src/lib/paraglide"),
    };
  }
  writePseudoLocale(at("./ui/messages"));
  return {
    project: at("./ui/messages/pseudo.inlang"),
    outdir: at("./node_modules/.cache/messages"),
  };
}

/** The font comes with a licence that asks to travel with it; `build.license` sees scripts only. */
const fontLicense: Plugin = {
  name: "font-license",
  apply: "build",
  generateBundle() {
    const source = readFileSync(at("./node_modules/@fontsource-variable/inter/LICENSE"));
    this.emitFile({ type: "asset", fileName: "inter-license.txt", source });
  },
};

export default defineConfig(({ mode }) => {
  const { project, outdir } = messages(mode);
  return {
    root: at("./ui"),
    plugins: [
      paraglideVitePlugin({
        project,
        outdir,
        strategy: ["globalVariable", "baseLocale"],
        emitTsDeclarations: true,
      }),
      svelte({ configFile: at("./svelte.config.js") }),
      fontLicense,
      ...(mode === "test" ? [svelteTesting()] : []),
    ],
    resolve: { alias: { $paraglide: outdir } },
    define: { __VERSION__: JSON.stringify(packageJson.version) },
    clearScreen: false,
    server: { host: "127.0.0.1", port: 1420, strictPort: true },
    build: {
      outDir: at("./ui/dist"),
      emptyOutDir: true,
      target: ["chrome111", "safari16.4"],
      assetsInlineLimit: 0,
      license: { fileName: "licenses.md" },
    },
    test: {
      environment: "jsdom",
      include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
      setupFiles: [at("./ui/tests/environment.ts"), at("./ui/tests/setup.ts")],
      // Walking a whole task takes long on a machine that is busy building.
      testTimeout: 30_000,
      restoreMocks: true,
    },
  };
});

import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

import svelteConfig from "./svelte.config.js";

export default ts.config(
  {
    ignores: [
      "target/",
      "crates/",
      "src-tauri/",
      "tests/",
      "docs/",
      "scripts/",
      "fuzz/",
      "ui/dist/",
      "ui/messages/*.inlang/",
      "ui/src/lib/paraglide/",
      "ui/src/lib/generated/",
    ],
  },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  ...ts.configs.stylisticTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: {
        projectService: { allowDefaultProject: ["eslint.config.js", "svelte.config.js"] },
        extraFileExtensions: [".svelte"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "svelte/no-at-html-tags": "error",
      // The content security policy blocks style attributes; values go through `lib/properties.ts`.
      "svelte/no-inline-styles": "error",
      "svelte/button-has-type": "error",
      "svelte/prefer-const": "off",
      "no-console": "error",
    },
  },
  {
    files: ["*.js"],
    ...ts.configs.disableTypeChecked,
  },
);

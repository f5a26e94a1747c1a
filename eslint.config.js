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
        projectService: {
          allowDefaultProject: ["*.js", "vite.config.ts", "ui/messages/pseudo.ts"],
        },
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
    // The types of imported components are unknown to ESLint; svelte-check knows them and is stricter.
    files: ["**/*.svelte"],
    rules: {
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "no-undef": "off",
    },
  },
  {
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "svelte/no-at-html-tags": "error",
      // The content security policy blocks style attributes; values go through `lib/properties.ts`.
      "svelte/no-inline-styles": "error",
      "svelte/button-has-type": "error",
      // Codes, initials and the pseudo-locale are cut by code point on purpose.
      "@typescript-eslint/no-misused-spread": "off",
      "no-console": "error",
      // With one language, comparing languages is always true; with the next one it is not.
      "@typescript-eslint/no-unnecessary-condition": "off",
    },
  },
  {
    files: ["*.js", "vite.config.ts", "ui/messages/pseudo.ts"],
    ...ts.configs.disableTypeChecked,
  },
);

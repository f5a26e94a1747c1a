// Showing an activation code while it is typed. Whether it is right is the shell's to say.

/** Symbols in a group, as codes are printed. */
const GROUP = 5;
const CODE =
  /(?<![0-9A-Za-z]|[0-9A-Za-z]-)(?:[0-9A-Za-z]{5}[\s-]?){4}[0-9A-Za-z]{5}(?![0-9A-Za-z]|-[0-9A-Za-z])/g;
/** Six groups and nothing else are a holder secret: cut to five they would look like a typing mistake. */
const SECRET = /^\s*(?:[0-9A-Za-z]{5}[\s-]*){6}$/;

/** Spaces, dashes of every kind and characters that cannot be seen: people's tools add them. */
const FILLING = /[\s\p{Pd}\p{Cf}\p{Cc}_.]/gu;

/** The text as a code is printed: capitals in groups of five. Nothing that can be seen is dropped. */
export function grouped(text: string): string {
  const symbols = [...text.replace(FILLING, "").toUpperCase()];
  const groups: string[] = [];
  for (let at = 0; at < symbols.length; at += GROUP) {
    groups.push(symbols.slice(at, at + GROUP).join(""));
  }
  return groups.join("-");
}

/** Where the caret belongs in the grouped text so that it stays behind the same symbol. */
export function caretAfter(before: string): number {
  return grouped(before).length;
}

/** The code in a letter or a mail where exactly one is in it, else the text as it is. */
export function codeIn(text: string): string {
  if (SECRET.test(text)) return text.trim();
  const found = new Set((text.match(CODE) ?? []).map(grouped));
  const [only] = found;
  return found.size === 1 && only !== undefined ? only : text.trim();
}

// English text as the pseudo-locale writes it.

const ACCENTS: Record<string, string> = Object.fromEntries(
  [
    ..."aàbƀcçdđeéfƒgĝhĥiîjĵkķlļmɱnñoöpþqɋrŕsštţuûvṽwŵxẋyýzžAÅBƁCÇDÐEÉFƑGĜHĤIÎJĴKĶLĻMṀNÑOÖPÞQɊRŔSŠTŢUÛVṼWŴXẊYÝZŽ",
  ].reduce<[string, string][]>((pairs, letter, at, all) => {
    if (at % 2 === 0) pairs.push([letter, all[at + 1] ?? letter]);
    return pairs;
  }, []),
);

/** The text with accents and about a third longer; `{placeholders}` stay as they are. */
export function accented(text: string): string {
  const letters = text
    .split(/(\{[^}]*\})/)
    .map((part) =>
      part.startsWith("{") ? part : [...part].map((letter) => ACCENTS[letter] ?? letter).join(""),
    )
    .join("");
  const words = text.replace(/\{[^}]*\}/g, "").split(" ").length;
  return `[${letters}${" ·~".repeat(Math.max(1, Math.round(words / 2)))}]`;
}

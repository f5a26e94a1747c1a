// One accent colour from the vendor's: its hue is kept, its lightness moved until text can be read.

export interface Accent {
  /** The ground of a primary button, and the same under the pointer. */
  readonly solid: string;
  readonly solidHover: string;
  /** Text and icons on the solid ground. */
  readonly onSolid: string;
  /** Text and icons on the page and on cards. */
  readonly text: string;
  /** A tint behind icons. */
  readonly soft: string;
  readonly line: string;
}

/** The sea in Keyferry's mark. */
export const DEFAULT_ACCENT = "#0e7a70";

type Rgb = readonly [number, number, number];
type Lch = readonly [lightness: number, chroma: number, hue: number];

/** The darkest ground that accent text meets in light, the lightest that it meets in dark. */
const GROUNDS = { light: "#eaf0f2", dark: "#22323a" } as const;

/** WCAG 1.4.3 asks for 4.5; a little more leaves room for rounding. */
const TEXT_CONTRAST = 4.6;
const SHAPE_CONTRAST = 3.1;

/** Chroma beyond this shouts, whatever the brand book says. */
const STRONGEST = 0.21;

export function accentOf(vendor: string | null, theme: "light" | "dark"): Accent {
  const [lightness, chroma, hue] = toLch(parse(vendor ?? "") ?? parse(DEFAULT_ACCENT) ?? [0, 0, 0]);
  const calm = Math.min(chroma, STRONGEST);
  const shade = (at: number, strength = 1): string => toHex(toRgb([at, calm * strength, hue]));
  const dark = theme === "dark";
  const ground = GROUNDS[theme];
  const away = dark ? 0.01 : -0.01;
  const readable = (on: string, wanted: number, start: number): number => {
    let at = start;
    while (at > 0 && at < 1 && contrast(shade(at), on) < wanted) at += away;
    return at;
  };

  const text = readable(ground, TEXT_CONTRAST, dark ? Math.max(lightness, 0.7) : lightness);
  const ink = shade(0.17, 0.4);
  const solid = dark
    ? readable(ink, TEXT_CONTRAST, readable(ground, SHAPE_CONTRAST, Math.max(lightness, 0.68)))
    : readable("#ffffff", TEXT_CONTRAST, readable(ground, SHAPE_CONTRAST, lightness));
  return {
    solid: shade(solid),
    solidHover: shade(dark ? Math.min(1, solid + 0.05) : Math.max(0, solid - 0.06)),
    onSolid: dark ? ink : "#ffffff",
    text: shade(text),
    soft: shade(dark ? 0.31 : 0.95, dark ? 0.4 : 0.22),
    line: shade(dark ? 0.42 : 0.86, 0.5),
  };
}

/** The contrast ratio of WCAG, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function luminance(hex: string): number {
  const [red, green, blue] = (parse(hex) ?? [0, 0, 0]).map(linear) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function parse(hex: string): Rgb | null {
  const digits = /^#([0-9a-f]{6})$/i.exec(hex)?.[1];
  if (digits === undefined) return null;
  const channel = (at: number): number => parseInt(digits.slice(at, at + 2), 16) / 255;
  return [channel(0), channel(2), channel(4)];
}

function toHex(rgb: Rgb): string {
  const channel = (value: number): string =>
    Math.round(Math.min(1, Math.max(0, value)) * 255)
      .toString(16)
      .padStart(2, "0");
  return `#${rgb.map(channel).join("")}`;
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

function gamma(channel: number): number {
  return channel <= 0.0031308 ? channel * 12.92 : 1.055 * channel ** (1 / 2.4) - 0.055;
}

// OKLCH, by the matrices of Björn Ottosson's Oklab: equal steps of lightness look equal in every hue.

function toLch(rgb: Rgb): Lch {
  const [r, g, b] = rgb.map(linear) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const light = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const yellow = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return [light, Math.hypot(a, yellow), Math.atan2(yellow, a)];
}

/** The colour on a screen; chroma gives way where a screen cannot show it. */
function toRgb([lightness, chroma, hue]: Lch): Rgb {
  let rgb = unclipped([lightness, chroma, hue]);
  for (let less = chroma; less > 0.004 && !rgb.every(onScreen); less -= 0.004) {
    rgb = unclipped([lightness, less, hue]);
  }
  return rgb;
}

function onScreen(channel: number): boolean {
  return channel > -0.001 && channel < 1.001;
}

function unclipped([lightness, chroma, hue]: Lch): Rgb {
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

// Values that CSS takes from code. The content security policy blocks style attributes, not this.
import type { Attachment } from "svelte/attachments";

/** Sets CSS custom properties on an element: `{@attach properties({ "--fill": "40%" })}`. */
export function properties(
  values: Readonly<Record<string, string>>,
): Attachment<HTMLElement | SVGElement> {
  return (element) => {
    for (const [name, value] of Object.entries(values)) element.style.setProperty(name, value);
    return () => {
      for (const name of Object.keys(values)) element.style.removeProperty(name);
    };
  };
}

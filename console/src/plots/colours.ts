// Colours for a canvas, which knows no custom properties and no `light-dark()`.

/** The colour that a token stands for at this element, now; so many percent of it. */
export function resolved(element: HTMLElement, token: string, percent: number): string {
  const probe = document.createElement("i");
  probe.style.color = `color-mix(in srgb, var(${token}) ${percent}%, transparent)`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Calls it whenever colours change: the system's, or the one that was chosen. */
export function onTheme(changed: () => void): () => void {
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const chosen = new MutationObserver(changed);
  scheme.addEventListener("change", changed);
  chosen.observe(document.documentElement, { attributeFilter: ["style"] });
  return () => {
    scheme.removeEventListener("change", changed);
    chosen.disconnect();
  };
}

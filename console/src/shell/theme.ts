// Light, dark, or as the system has it.
const KEY = "jobcast.theme";

export type Theme = "auto" | "light" | "dark";
export const THEMES: readonly Theme[] = ["auto", "light", "dark"];

export function theme(): Theme {
  const kept = localStorage.getItem(KEY);
  return THEMES.find((one) => one === kept) ?? "auto";
}

export function setTheme(to: Theme): void {
  localStorage.setItem(KEY, to);
  applyTheme();
}

/** `color-scheme` decides for every `light-dark()` of the styles. */
export function applyTheme(): void {
  const chosen = theme();
  document.documentElement.style.colorScheme = chosen === "auto" ? "light dark" : chosen;
}

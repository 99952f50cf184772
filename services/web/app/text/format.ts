const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export function formatSeconds(seconds: number): string {
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  return `${number.format(seconds)} s`;
}

/** A price in US dollars; an unknown one is said to be unknown, never zero. */
export function formatCost(dollars: number | null): string {
  if (dollars === null) return "cost unknown";
  if (dollars === 0) return "no cost";
  return `$${dollars < 0.01 ? dollars.toPrecision(2) : dollars.toFixed(2)}`;
}

export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB"];
  const power = bytes > 0 ? Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1) : 0;
  return `${number.format(bytes / 1000 ** power)} ${units[power]}`;
}

export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

/** `embedding_chunks` -> `Embedding chunks`: names of stages and steps as words. */
export function words(name: string): string {
  const spaced = name.replaceAll(/[_-]+/g, " ").trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

import { count, words } from "../text/format.ts";
import type { Turn } from "./turns.ts";

/** The line shown while an answer is on its way. */
export function statusText({ status, passages, text }: Turn): string {
  if (text) return "Writing";
  const found = passages.length > 0 ? `${count(passages.length, "passage")} found` : "";
  if (!status) return found || "Asking";
  return status.detail || [words(status.stage), found].filter(Boolean).join(" · ");
}

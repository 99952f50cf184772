import { count, words } from "../text/format.ts";
import type { Turn } from "./turns.ts";

const STAGES: Record<string, string> = {
  guard_input: "Checking the question",
  retrieve: "Searching",
  write: "Reading",
};

/** The line shown while an answer is on its way. */
export function statusText({ status, passages, text }: Turn): string {
  if (text) return "Writing";
  if (passages.length > 0) return `Reading ${count(passages.length, "passage")}`;
  if (!status) return "Asking";
  const stage = STAGES[status.stage] ?? words(status.stage);
  return status.detail ? `${stage}: ${status.detail}` : stage;
}

import { count } from "../text/format.ts";
import { numberCitations } from "./numbering.ts";
import { statusText } from "./status.ts";
import type { Turn } from "./turns.ts";

/** What a screen reader is told: where the work stands, then the whole answer once, not every piece of it. */
export function AnnouncedTurn({ turn }: { turn: Turn | undefined }) {
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {turn && announcement(turn)}
    </div>
  );
}

function announcement(turn: Turn): string {
  if (turn.state === "working") return statusText(turn);
  if (turn.state === "stopped") return "Stopped.";
  if (turn.state === "failed") return turn.problem?.title ?? "Failed.";
  const sources = new Set(numberCitations(turn.citations).map(({ number }) => number)).size;
  return `${turn.text} ${turn.answer?.abstained ? "" : count(sources, "source")}`;
}

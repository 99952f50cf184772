import type { Answer, ChatEvent, Citation, Problem, ScoredChunk, StatusEvent } from "../api/types.ts";

/** A question and what has come back for it so far. */
export interface Turn {
  id: string;
  question: string;
  state: "working" | "answered" | "failed" | "stopped";
  status: StatusEvent | null;
  passages: ScoredChunk[];
  text: string;
  citations: Citation[];
  answer: Answer | null;
  problem: Problem | null;
  /** Seconds from the question to its end, as the reader waited. */
  seconds: number | null;
}

export function newTurn(id: string, question: string): Turn {
  return {
    id,
    question,
    state: "working",
    status: null,
    passages: [],
    text: "",
    citations: [],
    answer: null,
    problem: null,
    seconds: null,
  };
}

/** The turn after one more event. The final answer replaces what was streamed: it is the one the server stands by. */
export function advance(turn: Turn, event: ChatEvent): Turn {
  switch (event.type) {
    case "status":
      return { ...turn, status: event };
    case "passage":
      return { ...turn, passages: [...turn.passages, event.passage] };
    case "token":
      return { ...turn, text: turn.text + event.text };
    case "citation":
      return { ...turn, citations: [...turn.citations, event.citation] };
    case "usage":
      return turn;
    case "done": {
      const { answer } = event;
      return { ...turn, state: "answered", text: answer.answer, citations: answer.citations, answer };
    }
    case "error":
      return { ...turn, state: "failed", problem: event.problem };
    default:
      // A kind of event that a newer server sends says nothing to this page.
      return turn;
  }
}

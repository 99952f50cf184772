import { useCallback, useRef, useState } from "react";
import { streamAnswer } from "../api/chat.ts";
import { problemFrom } from "../api/problems.ts";
import { randomId } from "./randomId.ts";
import { advance, newTurn, type Turn } from "./turns.ts";

interface Thread {
  id: string;
  turns: Turn[];
}

export interface Conversation {
  turns: Turn[];
  working: boolean;
  ask: (question: string) => void;
  stop: () => void;
  restart: () => void;
}

/** A conversation with each collection, kept while the page is open; follow-ups share their thread's history. */
export function useConversation(collection: string): Conversation {
  const [threads, setThreads] = useState<Record<string, Thread>>({});
  const running = useRef(new Map<string, AbortController>());
  const thread = threads[collection];

  const change = useCallback((threadId: string, turn: Turn) => {
    setThreads((all) => withTurn(all, threadId, turn));
  }, []);

  const ask = useCallback(
    (question: string) => {
      const current = thread ?? { id: randomId(), turns: [] };
      const turn = newTurn(randomId(), question);
      const abort = new AbortController();
      running.current.set(current.id, abort);
      setThreads((all) => ({ ...all, [collection]: { ...current, turns: [...current.turns, turn] } }));
      const asked = { question, collection, thread_id: current.id };
      follow(streamAnswer(asked, abort.signal), turn, abort.signal, (next) => change(current.id, next));
    },
    [thread, collection, change],
  );

  const stop = useCallback(() => running.current.get(thread?.id ?? "")?.abort(), [thread]);

  const restart = useCallback(() => {
    stop();
    setThreads(({ [collection]: _, ...others }) => others);
  }, [stop, collection]);

  const turns = thread?.turns ?? [];
  return { turns, working: turns.at(-1)?.state === "working", ask, stop, restart };
}

/** Follows an answer to its end, whatever that is, and hands on the turn after every step. */
async function follow(
  events: ReturnType<typeof streamAnswer>,
  start: Turn,
  signal: AbortSignal,
  onChange: (turn: Turn) => void,
): Promise<void> {
  const asked = performance.now();
  let turn = start;
  try {
    for await (const event of events) {
      turn = advance(turn, event);
      if (turn.state === "working") onChange(turn);
    }
  } catch (thrown) {
    turn = signal.aborted ? { ...turn, state: "stopped" } : { ...turn, state: "failed", problem: problemFrom(thrown) };
  }
  onChange({ ...turn, seconds: (performance.now() - asked) / 1000 });
}

function withTurn(threads: Record<string, Thread>, threadId: string, turn: Turn): Record<string, Thread> {
  const entries = Object.entries(threads).map(([collection, thread]) => {
    const turns = thread.turns.map((other) => (other.id === turn.id ? turn : other));
    return [collection, thread.id === threadId ? { ...thread, turns } : thread] as const;
  });
  return Object.fromEntries(entries);
}

import { useCallback, useEffect, useState } from "react";
import { deleteDocument, listDocuments } from "../api/client.ts";
import { problemFrom } from "../api/problems.ts";
import type { Document, Problem } from "../api/types.ts";

const BUSY_MS = 700;
const CALM_MS = 15_000;

export interface Documents {
  /** Null until the first answer. */
  list: Document[] | null;
  problem: Problem | null;
  refresh: () => void;
  remove: (id: string) => Promise<void>;
}

/** The documents of a collection, asked for again and again: often while one is being worked on, else seldom. */
export function useDocuments(collection: string): Documents {
  const [seen, setSeen] = useState<{ collection: string; list: Document[] } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [round, setRound] = useState(0);
  const refresh = useCallback(() => setRound((before) => before + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks again at once
  useEffect(() => {
    const abort = new AbortController();
    poll(collection, abort.signal, (list, failure) => {
      if (list) setSeen({ collection, list });
      setProblem(failure);
    });
    return () => abort.abort();
  }, [collection, round]);

  const remove = async (id: string) => {
    try {
      await deleteDocument(id);
      refresh();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return { list: seen?.collection === collection ? seen.list : null, problem, refresh, remove };
}

export function isUnderWay({ state }: Document): boolean {
  return state === "queued" || state === "running";
}

/** Asks until the signal says stop; a failure leaves the list as it was last seen. */
async function poll(
  collection: string,
  signal: AbortSignal,
  onAnswer: (list: Document[] | null, problem: Problem | null) => void,
): Promise<void> {
  while (!signal.aborted) {
    const answer = await listDocuments(collection, signal).catch(problemFrom);
    if (signal.aborted) return;
    const list = Array.isArray(answer) ? answer : null;
    onAnswer(list, Array.isArray(answer) ? null : answer);
    await pause(list?.some(isUnderWay) ? BUSY_MS : CALM_MS, signal);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

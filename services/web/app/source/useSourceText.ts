import { useCallback, useEffect, useState } from "react";
import { readText } from "../api/client.ts";
import { problemFrom } from "../api/problems.ts";
import type { DocumentText, Problem } from "../api/types.ts";
import { unitIndexes } from "../text/codePoints.ts";
import type { SourcePassage } from "./passages.ts";

/** Code points shown either side of a passage at first, and added by each "show more". */
const CONTEXT = 1200;
const MORE = 4000;

export interface SourceText {
  before: string;
  passage: string;
  after: string;
  startsInside: boolean;
  endsInside: boolean;
}

type Loaded = { key: string; window: DocumentText } | { key: string; problem: Problem };

export interface SourceReading {
  text: SourceText | null;
  problem: Problem | null;
  showMore: (side: "before" | "after") => void;
}

/** The canonical text around a passage, read from the server at the version that was cited. */
export function useSourceText(passage: SourcePassage): SourceReading {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const load = useCallback(
    (start: number, end: number) => {
      const { key, documentId, version } = passage;
      return readText(documentId, version, Math.max(0, start), end).then(
        (window): Loaded => ({ key, window }),
        (thrown: unknown): Loaded => ({ key, problem: problemFrom(thrown) }),
      );
    },
    [passage],
  );

  useEffect(() => {
    let current = true;
    load(passage.start - CONTEXT, passage.end + CONTEXT).then((next) => current && setLoaded(next));
    return () => {
      current = false;
    };
  }, [passage, load]);

  const fresh = loaded?.key === passage.key ? loaded : null;
  const window = fresh && "window" in fresh ? fresh.window : null;
  const showMore = (side: "before" | "after") => {
    if (!window) return;
    const start = side === "before" ? window.start - MORE : window.start;
    load(start, side === "after" ? window.end + MORE : window.end).then(setLoaded);
  };
  return {
    text: window && splitWindow(window, passage),
    problem: fresh && "problem" in fresh ? fresh.problem : null,
    showMore,
  };
}

export function splitWindow(window: DocumentText, { start, end }: { start: number; end: number }): SourceText {
  const [from = 0, to = 0] = unitIndexes(window.text, [start - window.start, end - window.start]);
  return {
    before: window.text.slice(0, from),
    passage: window.text.slice(from, to),
    after: window.text.slice(to),
    startsInside: window.start > 0,
    endsInside: window.end < window.length,
  };
}

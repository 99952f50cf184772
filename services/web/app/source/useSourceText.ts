import { useEffect, useState } from "react";
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
  useEffect(() => {
    let current = true;
    load(passage).then((next) => current && setLoaded(next));
    return () => {
      current = false;
    };
  }, [passage]);

  const fresh = loaded?.key === passage.key ? loaded : null;
  const window = fresh && "window" in fresh ? fresh.window : null;
  const showMore = (side: "before" | "after") => {
    if (!window) return;
    const start = side === "before" ? window.start - MORE : window.start;
    const end = side === "after" ? window.end + MORE : window.end;
    settle(passage, readWithin(passage, start, end, window.length)).then(setLoaded);
  };
  return {
    text: window && splitWindow(window, passage),
    problem: fresh && "problem" in fresh ? fresh.problem : null,
    showMore,
  };
}

/** The passage itself comes first, exactly as a citation names it: only then is it known how far the text goes. */
function load(passage: SourcePassage): Promise<Loaded> {
  const { documentId, version, start, end } = passage;
  const cited = readText(documentId, version, start, end);
  return settle(
    passage,
    cited.then(({ length }) => readWithin(passage, start - CONTEXT, end + CONTEXT, length)),
  );
}

function readWithin({ documentId, version }: SourcePassage, start: number, end: number, length: number) {
  return readText(documentId, version, Math.max(0, start), Math.min(end, length));
}

function settle({ key }: SourcePassage, reading: Promise<DocumentText>): Promise<Loaded> {
  return reading.then(
    (window) => ({ key, window }),
    (thrown: unknown) => ({ key, problem: problemFrom(thrown) }),
  );
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

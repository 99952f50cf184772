import { useEffect, useRef } from "react";
import { filePath } from "../api/client.ts";
import type { Match } from "../api/types.ts";
import { CheckIcon, CloseIcon, DownloadIcon, NextIcon, PreviousIcon } from "../parts/icons.tsx";
import { ProblemNote } from "../parts/ProblemNote.tsx";
import type { OpenSource, SourcePassage } from "./passages.ts";
import { type SourceText, useSourceText } from "./useSourceText.ts";

const MATCHES: Record<Match, string> = {
  exact: "Word for word in the source",
  normalised: "Word for word, but for spacing and case",
  supported: "Borne out by this passage",
};

interface Props {
  source: OpenSource;
  onMove: (index: number) => void;
  onClose: () => void;
}

export function SourcePanel({ source, onMove, onClose }: Props) {
  const passage = source.passages[source.index];
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    panel.current?.focus();
  }, []);
  useEscape(onClose);
  if (!passage) return null;
  return (
    <aside className="source" aria-label="Source" tabIndex={-1} ref={panel}>
      <header className="source-header">
        <Steps source={source} onMove={onMove} />
        <button type="button" className="quiet" aria-label="Close the source" onClick={onClose}>
          <CloseIcon />
        </button>
      </header>
      <Passage key={passage.key} passage={passage} />
    </aside>
  );
}

/** Wherever the focus is: a button that has just been disabled, as the last "next" is, hears no keys. */
function useEscape(onEscape: () => void) {
  useEffect(() => {
    const onKey = ({ key }: KeyboardEvent) => key === "Escape" && onEscape();
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [onEscape]);
}

function Steps({ source, onMove }: Omit<Props, "onClose">) {
  const { index, passages } = source;
  const last = passages.length - 1;
  return (
    <div className="steps">
      <button
        type="button"
        className="quiet"
        aria-label="Previous source"
        disabled={index === 0}
        onClick={() => onMove(index - 1)}
      >
        <PreviousIcon />
      </button>
      <span aria-live="polite">
        {passages[index]?.number === null ? "Passage" : "Source"} {index + 1} of {passages.length}
      </span>
      <button
        type="button"
        className="quiet"
        aria-label="Next source"
        disabled={index === last}
        onClick={() => onMove(index + 1)}
      >
        <NextIcon />
      </button>
    </div>
  );
}

function Passage({ passage }: { passage: SourcePassage }) {
  const { text, problem, showMore } = useSourceText(passage);
  return (
    <>
      <div className="source-about">
        <h2>{passage.title}</h2>
        <p className="fine">
          {passage.page !== null && <span>Page {passage.page}</span>}
          <span>Version {passage.version}</span>
          <a className="download" href={filePath(passage.documentId)} download>
            <DownloadIcon />
            Original file
          </a>
        </p>
        <Quote passage={passage} text={text} />
      </div>
      <div className="source-body">
        {problem && <ProblemNote problem={problem} />}
        {!text && !problem && <p className="fine loading">Opening the source…</p>}
        {text && <MarkedText text={text} onMore={showMore} />}
      </div>
    </>
  );
}

/** The quote as the answer carries it, and whether the text read just now still says so. */
function Quote({ passage, text }: { passage: SourcePassage; text: SourceText | null }) {
  if (passage.match === null) return null;
  const differs = text !== null && text.passage !== passage.quote;
  return (
    <figure className="quote">
      <blockquote>{passage.quote}</blockquote>
      <figcaption className={differs ? "differs" : ""}>
        {differs ? (
          "The source reads differently now"
        ) : (
          <>
            <CheckIcon />
            {MATCHES[passage.match]}
          </>
        )}
      </figcaption>
    </figure>
  );
}

function MarkedText({ text, onMore }: { text: SourceText; onMore: (side: "before" | "after") => void }) {
  const mark = useRef<HTMLElement>(null);
  // In braces: newer browsers answer scrolling with a promise, which React would take for a clean-up function.
  useEffect(() => {
    mark.current?.scrollIntoView({ block: "center" });
  }, []);
  return (
    <>
      {text.startsInside && (
        <button type="button" className="more" onClick={() => onMore("before")}>
          Show what comes before
        </button>
      )}
      <div className="canonical">
        {text.before}
        <mark ref={mark}>{text.passage}</mark>
        {text.after}
      </div>
      {text.endsInside && (
        <button type="button" className="more" onClick={() => onMore("after")}>
          Show what comes after
        </button>
      )}
    </>
  );
}

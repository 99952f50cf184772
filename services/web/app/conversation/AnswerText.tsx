import { Fragment } from "react";
import { type NumberedCitation, type Segment, segmentAnswer, sourceKey } from "./numbering.ts";

interface Props {
  text: string;
  numbered: readonly NumberedCitation[];
  openKey: string | null;
  onOpen: (number: number) => void;
}

/** The answer as text and nothing else: whatever markup a writer or a document put into it stays visible characters. */
export function AnswerText({ text, numbered, openKey, onOpen }: Props) {
  return (
    <div className="answer">
      {segmentAnswer(text, numbered).map((segment, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: segments only ever grow at the end
        <Fragment key={index}>
          <span className={isOpen(segment, openKey) ? "sentence-open" : ""}>{segment.text}</span>
          {segment.marks.map((mark) => (
            <CitationMark key={mark.number} mark={mark} openKey={openKey} onOpen={onOpen} />
          ))}
        </Fragment>
      ))}
    </div>
  );
}

function isOpen({ marks }: Segment, openKey: string | null): boolean {
  return openKey !== null && marks.some(({ citation }) => sourceKey(citation) === openKey);
}

function CitationMark({ mark, openKey, onOpen }: { mark: NumberedCitation } & Pick<Props, "openKey" | "onOpen">) {
  const { number, citation } = mark;
  const page = citation.page === null ? "" : `, page ${citation.page}`;
  return (
    <sup>
      <button
        type="button"
        className="citation"
        aria-label={`Source ${number}: ${citation.title}${page}`}
        aria-pressed={sourceKey(citation) === openKey}
        onClick={() => onOpen(number)}
      >
        {number}
      </button>
    </sup>
  );
}

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
        <Sentence key={index} segment={segment} openKey={openKey} onOpen={onOpen} />
      ))}
    </div>
  );
}

function Sentence({ segment, openKey, onOpen }: { segment: Segment } & Pick<Props, "openKey" | "onOpen">) {
  const { space, start, lastWord } = splitSentence(segment);
  const open = openKey !== null && segment.marks.some(({ citation }) => sourceKey(citation) === openKey);
  const shade = open ? "sentence-open" : "";
  return (
    <>
      {space}
      <span className={shade}>{start}</span>
      <span className="sentence-end">
        <span className={shade}>{lastWord}</span>
        {segment.marks.map((mark) => (
          <CitationMark key={mark.number} mark={mark} openKey={openKey} onOpen={onOpen} />
        ))}
      </span>
    </>
  );
}

/** Words longer than this may be broken across lines, so they are not held together with what follows. */
const LONG_WORD = 24;

function splitSentence({ text, marks }: Segment): { space: string; start: string; lastWord: string } {
  const trimmed = text.trimStart();
  const space = text.slice(0, text.length - trimmed.length);
  const lastWord = marks.length > 0 ? (/\S+$/.exec(trimmed)?.[0] ?? "") : "";
  const kept = lastWord.length > LONG_WORD ? "" : lastWord;
  return { space, start: trimmed.slice(0, trimmed.length - kept.length), lastWord: kept };
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

import { useMemo } from "react";
import { ProblemNote } from "../parts/ProblemNote.tsx";
import { citedPassages, foundPassages, type OpenSource } from "../source/passages.ts";
import { AnswerFacts } from "./AnswerFacts.tsx";
import { AnswerText } from "./AnswerText.tsx";
import { numberCitations } from "./numbering.ts";
import { SourceList } from "./SourceList.tsx";
import { statusText } from "./status.ts";
import type { Turn } from "./turns.ts";

interface Props {
  turn: Turn;
  /** The source that is open, when it is one of this turn. */
  source: OpenSource | null;
  onOpen: (source: OpenSource) => void;
  onAskAgain: () => void;
}

export function TurnView({ turn, source, onOpen, onAskAgain }: Props) {
  const numbered = useMemo(() => numberCitations(turn.citations), [turn.citations]);
  const cited = useMemo(() => citedPassages(numbered), [numbered]);
  const openKey = source?.passages[source.index]?.key ?? null;
  const open = (number: number) => {
    onOpen({ turnId: turn.id, passages: cited, index: cited.findIndex((passage) => passage.number === number) });
  };
  const abstained = turn.answer?.abstained ?? false;
  return (
    <article className="turn" aria-busy={turn.state === "working"}>
      <h2 className="question">{turn.question}</h2>
      {abstained && <p className="abstained-heading">Nothing found</p>}
      {turn.text && <AnswerText text={turn.text} numbered={numbered} openKey={openKey} onOpen={open} />}
      {turn.state === "working" && <p className="status">{statusText(turn)}</p>}
      {turn.state !== "working" && cited.length > 0 && (
        <SourceList
          label="Sources"
          passages={cited}
          openKey={openKey}
          onOpen={(index) => onOpen({ turnId: turn.id, passages: cited, index })}
        />
      )}
      {abstained && <Closest turn={turn} openKey={openKey} onOpen={onOpen} />}
      {turn.state === "stopped" && <p className="fine">Stopped before its end.</p>}
      {turn.problem && (
        <ProblemNote problem={turn.problem}>
          <button type="button" className="small" onClick={onAskAgain}>
            Ask again
          </button>
        </ProblemNote>
      )}
      <AnswerFacts turn={turn} />
    </article>
  );
}

const SHOWN = 4;

/** The passages that came nearest to a question that was not answered. */
function Closest({ turn, openKey, onOpen }: { turn: Turn; openKey: string | null; onOpen: Props["onOpen"] }) {
  const passages = foundPassages(turn.passages.slice(0, SHOWN));
  if (passages.length === 0) return null;
  return (
    <SourceList
      label="What came closest"
      passages={passages}
      openKey={openKey}
      onOpen={(index) => onOpen({ turnId: turn.id, passages, index })}
    />
  );
}

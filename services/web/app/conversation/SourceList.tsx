import type { SourcePassage } from "../source/passages.ts";

interface Props {
  label: string;
  passages: SourcePassage[];
  openKey: string | null;
  onOpen: (index: number) => void;
}

export function SourceList({ label, passages, openKey, onOpen }: Props) {
  return (
    <section className="sources" aria-label={label}>
      <h3>{label}</h3>
      <ol>
        {passages.map((passage, index) => (
          <li key={passage.key}>
            <button
              type="button"
              className="source-card"
              aria-pressed={passage.key === openKey}
              onClick={() => onOpen(index)}
            >
              <span className="source-card-title">
                {passage.number !== null && <span className="source-number">{passage.number}</span>}
                <span className="source-name">{passage.title}</span>
                {passage.page !== null && <span className="source-page">p. {passage.page}</span>}
              </span>
              <span className="source-snippet">{passage.quote}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

import { ArrowIcon } from "../parts/icons.tsx";
import { exampleQuestions } from "./examples.ts";

interface Props {
  collection: string;
  /** Null until it is known. */
  documents: number | null;
  onAsk: (question: string) => void;
}

export function Welcome({ collection, documents, onAsk }: Props) {
  const examples = documents ? exampleQuestions(collection) : [];
  return (
    <div className="welcome">
      <h2>
        {documents === 0 ? "Add documents to " : "Ask "}
        <em>{collection}</em>
      </h2>
      <p>
        {documents === 0
          ? "Drop files anywhere on this page. You can ask as soon as the first one is ready."
          : "Every sentence of an answer is checked against its source, and one click shows you where it stands."}
      </p>
      {examples.length > 0 && (
        <ul className="examples" aria-label="Questions to start with">
          {examples.map((question) => (
            <li key={question}>
              <button type="button" onClick={() => onAsk(question)}>
                {question}
                <ArrowIcon />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

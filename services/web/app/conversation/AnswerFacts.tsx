import type { Answer } from "../api/types.ts";
import { count, formatCost, formatSeconds, words } from "../text/format.ts";
import type { Turn } from "./turns.ts";

/** The model's name on an answer that none wrote: there was nothing to write from. */
const NO_MODEL = "none";

/** Time, cost and model of an answer in one line, and all the rest on request. */
export function AnswerFacts({ turn: { answer, seconds } }: { turn: Turn }) {
  if (!answer) return null;
  return (
    <>
      {answer.conflict && <p className="notice">The sources disagree: the answer shows both sides.</p>}
      {answer.unsupported.length > 0 && <Unsupported answer={answer} />}
      <details className="facts">
        <summary>
          {seconds !== null && <span>{formatSeconds(seconds)}</span>}
          <span>{formatCost(answer.cost_usd)}</span>
          {answer.model !== NO_MODEL && <span>{answer.model}</span>}
        </summary>
        <FactTable answer={answer} />
      </details>
    </>
  );
}

function Unsupported({ answer }: { answer: Answer }) {
  return (
    <details className="notice">
      <summary>{count(answer.unsupported.length, "sentence")} without a source removed</summary>
      <ul>
        {answer.unsupported.map(({ sentence, reason }) => (
          <li key={sentence}>
            {sentence} <span className="fine">{reason}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function FactTable({ answer }: { answer: Answer }) {
  const { usage, fallback, timings } = answer;
  const rows: [string, string][] = [
    ["Tokens", `${usage.prompt_tokens} in, ${usage.completion_tokens} out`],
    ...(fallback ? [["Instead of", `${fallback.wanted} (${fallback.reason})`] as [string, string]] : []),
    ...Object.entries(timings).map(([stage, seconds]) => [words(stage), formatSeconds(seconds)] as [string, string]),
    ["Answer", answer.answer_id],
    ...(answer.trace_id ? [["Trace", answer.trace_id] as [string, string]] : []),
  ];
  return (
    <dl>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

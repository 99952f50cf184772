import type { ReactNode } from "react";
import type { Problem } from "../api/types.ts";
import { AlertIcon } from "./icons.tsx";

/** What went wrong, in words, with the code and the trace id that find it in the logs. */
export function ProblemNote({ problem, children }: { problem: Problem; children?: ReactNode }) {
  const explained = problem.detail && problem.detail !== problem.title;
  return (
    <div className="problem" role="alert">
      <AlertIcon />
      <div>
        <p className="problem-title">{problem.title}</p>
        {explained && <p>{problem.detail}</p>}
        <p className="fine">
          <code>{problem.code}</code>
          {problem.trace_id && (
            <>
              {" "}
              · trace <code>{problem.trace_id}</code>
            </>
          )}
        </p>
        {children}
      </div>
    </div>
  );
}

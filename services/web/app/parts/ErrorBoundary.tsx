import { Component, type ReactNode } from "react";
import { ProblemNote } from "./ProblemNote.tsx";

/** Says that the page itself broke, where React would leave it blank. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    const problem = { type: "about:blank", title: "The page broke", status: 0, code: "page_error", trace_id: "" };
    return (
      <main className="threshold">
        <ProblemNote problem={{ ...problem, detail: error.message }}>
          <button type="button" className="small" onClick={() => window.location.reload()}>
            Load it again
          </button>
        </ProblemNote>
      </main>
    );
  }
}

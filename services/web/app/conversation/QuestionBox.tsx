import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { SendIcon, StopIcon } from "../parts/icons.tsx";

interface Props {
  working: boolean;
  onAsk: (question: string) => void;
  onStop: () => void;
}

/** Enter asks, Shift+Enter starts a new line, and "/" comes here from anywhere on the page. */
export function QuestionBox({ working, onAsk, onStop }: Props) {
  const [question, setQuestion] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  useSlashFocus(field);
  const ready = question.trim() !== "" && !working;
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (!ready) return;
    onAsk(question.trim());
    setQuestion("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };
  return (
    <form className="question-form" onSubmit={submit}>
      <div className="column">
        <div className="question-box">
          <div className="question-field" data-value={question}>
            <textarea
              ref={field}
              rows={1}
              maxLength={8000}
              aria-label="Your question"
              placeholder="Ask a question"
              value={question}
              onChange={(event) => setQuestion(event.target.value)}
              onKeyDown={onKeyDown}
            />
          </div>
          {working ? (
            <button type="button" className="send" aria-label="Stop" onClick={onStop}>
              <StopIcon />
            </button>
          ) : (
            <button type="submit" className="send" aria-label="Ask" disabled={!ready}>
              <SendIcon />
            </button>
          )}
        </div>
      </div>
    </form>
  );
}

function useSlashFocus(field: { current: HTMLElement | null }) {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea");
      if (event.key !== "/" || typing) return;
      event.preventDefault();
      field.current?.focus();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [field]);
}

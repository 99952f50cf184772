import { type ReactNode, useEffect, useRef } from "react";
import type { OpenSource } from "../source/passages.ts";
import { AnnouncedTurn } from "./AnnouncedTurn.tsx";
import { QuestionBox } from "./QuestionBox.tsx";
import { TurnView } from "./TurnView.tsx";
import type { Conversation as State } from "./useConversation.ts";

interface Props {
  conversation: State;
  source: OpenSource | null;
  onOpen: (source: OpenSource) => void;
  /** What stands where the first question will be. */
  welcome: ReactNode;
}

export function Conversation({ conversation, source, onOpen, welcome }: Props) {
  const { turns, working, ask, stop } = conversation;
  const scroller = useFollowedEnd(turns.length, turns.at(-1));
  return (
    <>
      <div className="turns" ref={scroller}>
        <div className="column">
          {turns.length === 0 && welcome}
          {turns.map((turn) => (
            <TurnView key={turn.id} turn={turn} source={source?.turnId === turn.id ? source : null} onOpen={onOpen} />
          ))}
        </div>
      </div>
      <AnnouncedTurn turn={turns.at(-1)} />
      <QuestionBox working={working} onAsk={ask} onStop={stop} />
    </>
  );
}

const NEAR_END = 120;

/** Keeps the end in view while it grows, unless the reader has scrolled away from it; a new question always shows. */
function useFollowedEnd(length: number, last: unknown) {
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const remember = () => {
      atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
    };
    element.addEventListener("scroll", remember, { passive: true });
    return () => element.removeEventListener("scroll", remember);
  }, []);
  useEffect(() => {
    if (length > 0) atEnd.current = true;
  }, [length]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs whenever the last turn has grown
  useEffect(() => {
    if (atEnd.current) scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }, [last]);
  return scroller;
}

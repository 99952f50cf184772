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

/** Questions and answers. A new question moves to the top once; while its answer comes nothing moves any more. */
export function Conversation({ conversation, source, onOpen, welcome }: Props) {
  const { turns, working, ask, stop } = conversation;
  const list = useRef<HTMLDivElement>(null);
  const last = turns.at(-1)?.id;
  useEffect(() => {
    if (last) list.current?.lastElementChild?.scrollIntoView({ block: "start" });
  }, [last]);
  return (
    <div className="scroller">
      <div className="turns column" ref={list}>
        {turns.length === 0 && welcome}
        {turns.map((turn) => (
          <TurnView
            key={turn.id}
            turn={turn}
            source={source?.turnId === turn.id ? source : null}
            onOpen={onOpen}
            onAskAgain={() => working || ask(turn.question)}
          />
        ))}
      </div>
      <AnnouncedTurn turn={turns.at(-1)} />
      <QuestionBox working={working} onAsk={ask} onStop={stop} />
    </div>
  );
}

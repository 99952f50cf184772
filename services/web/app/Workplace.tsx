import { useRef, useState } from "react";
import { Conversation } from "./conversation/Conversation.tsx";
import { useConversation } from "./conversation/useConversation.ts";
import { Welcome } from "./conversation/Welcome.tsx";
import { DropZone } from "./library/DropZone.tsx";
import { Library } from "./library/Library.tsx";
import type { Collections } from "./library/useCollections.ts";
import { isUnderWay, useDocuments } from "./library/useDocuments.ts";
import { useUploads } from "./library/useUploads.ts";
import { CloseIcon, Logo, MenuIcon, PlusIcon } from "./parts/icons.tsx";
import type { OpenSource } from "./source/passages.ts";
import { SourcePanel } from "./source/SourcePanel.tsx";
import { count } from "./text/format.ts";

/** The three parts of the page: documents on the left, the conversation, and the source that a citation opens. */
export function Workplace({ collections, collection }: { collections: Collections; collection: string }) {
  const documents = useDocuments(collection);
  const uploads = useUploads(collection, documents.refresh);
  const conversation = useConversation(collection);
  const [source, openSource, closeSource] = useOpenSource(conversation.turns);
  const underWay = documents.list?.filter(isUnderWay).length ?? 0;
  const [drawer, setDrawer] = useState(false);
  const select = (id: string) => {
    closeSource();
    setDrawer(false);
    collections.select(id);
  };
  return (
    <DropZone target={collection} onFiles={uploads.send}>
      <nav className={drawer ? "library library-open" : "library"} aria-label="Collections and documents">
        <header className="brand">
          <Logo />
          <h1>Ragstone</h1>
          <button
            type="button"
            className="quiet narrow-only"
            aria-label="Close the documents"
            onClick={() => setDrawer(false)}
          >
            <CloseIcon />
          </button>
        </header>
        <Library collections={{ ...collections, select }} documents={documents} uploads={uploads} />
      </nav>
      <main className="conversation" aria-label="Conversation">
        <header className="bar">
          <button type="button" className="quiet narrow-only" aria-label="Documents" onClick={() => setDrawer(true)}>
            <MenuIcon />
          </button>
          <span className="bar-title">{collection}</span>
          {underWay > 0 && <span className="fine">{count(underWay, "document")} not ready yet</span>}
          {conversation.turns.length > 0 && (
            <button type="button" className="small" aria-label="New conversation" onClick={conversation.restart}>
              <PlusIcon />
              <span className="wide-only">New conversation</span>
            </button>
          )}
        </header>
        <Conversation
          conversation={conversation}
          source={source}
          onOpen={openSource}
          welcome={
            <Welcome collection={collection} documents={documents.list?.length ?? null} onAsk={conversation.ask} />
          }
        />
      </main>
      {source && (
        <SourcePanel source={source} onMove={(index) => openSource({ ...source, index })} onClose={closeSource} />
      )}
    </DropZone>
  );
}

/** The open source, while its turn is there; closing it gives the focus back to what opened it. */
function useOpenSource(turns: { id: string }[]) {
  const [source, setSource] = useState<OpenSource | null>(null);
  const opener = useRef<Element | null>(null);
  const open = (next: OpenSource) => {
    if (!source) opener.current = document.activeElement;
    setSource(next);
  };
  const close = () => {
    setSource(null);
    if (opener.current instanceof HTMLElement) opener.current.focus();
  };
  const current = source && turns.some(({ id }) => id === source.turnId) ? source : null;
  return [current, open, close] as const;
}

import { useRef } from "react";
import type { Collection } from "../api/types.ts";
import { UploadIcon } from "../parts/icons.tsx";
import { ProblemNote } from "../parts/ProblemNote.tsx";
import { DocumentRow, UploadRow } from "./DocumentRow.tsx";
import { NewCollection } from "./NewCollection.tsx";
import type { Collections } from "./useCollections.ts";
import type { Documents } from "./useDocuments.ts";
import type { Uploads } from "./useUploads.ts";

interface Props {
  collections: Collections;
  documents: Documents;
  uploads: Uploads;
}

/** Collections, and the documents of the one that is open. */
export function Library({ collections, documents, uploads }: Props) {
  const { list, selected } = collections;
  return (
    <>
      <section aria-labelledby="collections-heading">
        <div className="section-heading">
          <h2 id="collections-heading">Collections</h2>
          <NewCollection onCreate={collections.create} />
        </div>
        <ul className="collections">
          {list?.map((collection) => (
            <CollectionRow
              key={collection.id}
              collection={collection}
              documents={(collection.id === selected?.id && documents.list?.length) || collection.documents}
              selected={collection.id === selected?.id}
              onSelect={() => collections.select(collection.id)}
            />
          ))}
        </ul>
      </section>
      {selected && <DocumentSection documents={documents} uploads={uploads} />}
    </>
  );
}

interface RowProps {
  collection: Collection;
  documents: number;
  selected: boolean;
  onSelect: () => void;
}

function CollectionRow({ collection, documents, selected, onSelect }: RowProps) {
  return (
    <li>
      <button type="button" className="collection" aria-current={selected} onClick={onSelect}>
        <span>{collection.name}</span>
        <span className="count">{documents}</span>
      </button>
    </li>
  );
}

function DocumentSection({ documents, uploads }: Omit<Props, "collections">) {
  const empty = documents.list?.length === 0 && uploads.pending.length === 0;
  return (
    <section className="documents" aria-labelledby="documents-heading">
      <div className="section-heading">
        <h2 id="documents-heading">Documents</h2>
        <AddDocuments onFiles={uploads.send} />
      </div>
      {documents.problem && <ProblemNote problem={documents.problem} />}
      {empty && <p className="fine hint">Nothing here yet. Drop files anywhere on this page.</p>}
      <ul>
        {uploads.pending.map((upload) => (
          <UploadRow key={upload.id} upload={upload} onDismiss={() => uploads.dismiss(upload.id)} />
        ))}
        {documents.list?.map((document) => (
          <DocumentRow
            key={document.document_id}
            document={document}
            onDelete={() => documents.remove(document.document_id)}
          />
        ))}
      </ul>
    </section>
  );
}

function AddDocuments({ onFiles }: { onFiles: (files: Iterable<File>) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="small" onClick={() => input.current?.click()}>
        <UploadIcon />
        Add files
      </button>
      <input
        ref={input}
        className="visually-hidden"
        type="file"
        multiple
        tabIndex={-1}
        aria-label="Files to add"
        onChange={({ target }) => {
          onFiles([...(target.files ?? [])]);
          target.value = "";
        }}
      />
    </>
  );
}

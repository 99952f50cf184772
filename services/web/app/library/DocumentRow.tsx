import { useState } from "react";
import { filePath } from "../api/client.ts";
import type { Document } from "../api/types.ts";
import { CloseIcon, TrashIcon } from "../parts/icons.tsx";
import { count, formatBytes, words } from "../text/format.ts";
import { isUnderWay } from "./useDocuments.ts";
import type { PendingUpload } from "./useUploads.ts";

export function DocumentRow({ document, onDelete }: { document: Document; onDelete: () => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <li className="document">
      <FileBadge name={document.media_type} title={document.title} />
      <div className="document-text">
        <a className="document-title" href={filePath(document.document_id)} download title={document.title}>
          {document.title}
        </a>
        {asking ? (
          <p className="fine confirm">
            Delete this document?
            <button type="button" className="link danger" onClick={onDelete}>
              Delete
            </button>
            <button type="button" className="link" onClick={() => setAsking(false)}>
              Keep
            </button>
          </p>
        ) : (
          <Standing document={document} />
        )}
      </div>
      {!asking && (
        <button
          type="button"
          className="quiet reveal"
          aria-label={`Delete ${document.title}`}
          onClick={() => setAsking(true)}
        >
          <TrashIcon />
        </button>
      )}
    </li>
  );
}

function Standing({ document }: { document: Document }) {
  if (document.state === "ready") {
    const pages = document.pages === null ? [] : [count(document.pages, "page")];
    return <p className="fine">{[...pages, formatBytes(document.size)].join(" · ")}</p>;
  }
  if (isUnderWay(document)) {
    const step = document.state === "queued" ? "Waiting" : words(document.step ?? "working");
    return <Progress label={step} value={document.state === "queued" ? null : document.progress} of={document.title} />;
  }
  return (
    <p className="fine failed">
      {document.error?.detail || words(document.state)}
      {document.error && <code>{document.error.code}</code>}
    </p>
  );
}

export function UploadRow({ upload, onDismiss }: { upload: PendingUpload; onDismiss: () => void }) {
  return (
    <li className="document">
      <FileBadge name="" title={upload.name} />
      <div className="document-text">
        <span className="document-title">{upload.name}</span>
        {upload.problem ? (
          <p className="fine failed" role="alert">
            {upload.problem.detail || upload.problem.title}
            <code>{upload.problem.code}</code>
          </p>
        ) : (
          <Progress label={upload.sent === null ? "Waiting" : "Uploading"} value={upload.sent} of={upload.name} />
        )}
      </div>
      {upload.problem && (
        <button type="button" className="quiet" aria-label={`Dismiss ${upload.name}`} onClick={onDismiss}>
          <CloseIcon />
        </button>
      )}
    </li>
  );
}

function Progress({ label, value, of }: { label: string; value: number | null; of: string }) {
  const percent = value === null ? null : Math.round(value * 100);
  return (
    <>
      <p className="fine">
        {label}
        {percent !== null && <span className="percent">{percent}%</span>}
      </p>
      <progress aria-label={`${label}: ${of}`} max={100} {...(percent === null ? {} : { value: percent })} />
    </>
  );
}

const KINDS: [RegExp, string][] = [
  [/pdf/, "PDF"],
  [/word|docx/, "DOC"],
  [/presentation|pptx/, "PPT"],
  [/sheet|xlsx|csv/, "XLS"],
  [/html/, "WEB"],
  [/markdown|\.md$/, "MD"],
  [/image|png|jpe?g/, "IMG"],
];

function FileBadge({ name, title }: { name: string; title: string }) {
  const kind = `${name} ${title}`.toLowerCase();
  return (
    <span className="badge" aria-hidden="true">
      {KINDS.find(([pattern]) => pattern.test(kind))?.[1] ?? "TXT"}
    </span>
  );
}

import { problemOf, unreachable } from "./problems.ts";
import type { DocumentAccepted } from "./types.ts";

export interface Upload {
  file: File;
  collection: string;
  /** Called with the fraction sent, 0 to 1. */
  onProgress: (sent: number) => void;
}

/** Sends a file; XMLHttpRequest because fetch does not tell how much has been sent. Raises ApiError. */
export function uploadDocument({ file, collection, onProgress }: Upload): Promise<DocumentAccepted> {
  const form = new FormData();
  form.append("collection", collection);
  form.append("file", file);
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    call.onerror = () => reject(unreachable());
    call.onload = () => {
      if (call.status === 202) resolve(JSON.parse(call.responseText) as DocumentAccepted);
      else reject(problemOf(call.status, call.responseText));
    };
    call.open("POST", "v1/documents");
    call.send(form);
  });
}

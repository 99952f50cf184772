import { useCallback, useState } from "react";
import { problemFrom } from "../api/problems.ts";
import type { Problem } from "../api/types.ts";
import { uploadDocument } from "../api/upload.ts";

/** A file on its way to the server, or one that was not taken. */
export interface PendingUpload {
  id: number;
  collection: string;
  name: string;
  /** Fraction sent, 0 to 1; null while it waits its turn. */
  sent: number | null;
  problem: Problem | null;
}

export interface Uploads {
  pending: PendingUpload[];
  send: (files: Iterable<File>) => void;
  dismiss: (id: number) => void;
}

let nextId = 0;
let queue: Promise<void> = Promise.resolve();

/** Sends files one after another; each leaves the list when the server has accepted it. */
export function useUploads(collection: string, onAccepted: () => void): Uploads {
  const [all, setAll] = useState<PendingUpload[]>([]);
  const dismiss = useCallback((id: number) => setAll((list) => list.filter((upload) => upload.id !== id)), []);

  const sendOne = async (id: number, file: File) => {
    const change = (part: Partial<PendingUpload>) =>
      setAll((list) => list.map((upload) => (upload.id === id ? { ...upload, ...part } : upload)));
    try {
      await uploadDocument({ file, collection, onProgress: (sent) => change({ sent }) });
      dismiss(id);
      onAccepted();
    } catch (thrown) {
      change({ problem: problemFrom(thrown) });
    }
  };

  const send = (files: Iterable<File>) => {
    for (const file of files) {
      const id = nextId++;
      setAll((list) => [...list, { id, collection, name: file.name, sent: null, problem: null }]);
      queue = queue.then(() => sendOne(id, file));
    }
  };
  return { pending: all.filter((upload) => upload.collection === collection), send, dismiss };
}

import { type DragEvent, type ReactNode, useState } from "react";
import { UploadIcon } from "../parts/icons.tsx";

interface Props {
  /** What the files go into; null refuses them. */
  target: string | null;
  onFiles: (files: Iterable<File>) => void;
  children: ReactNode;
}

/** The whole page takes files that are dropped on it. */
export function DropZone({ target, onFiles, children }: Props) {
  const [depth, setDepth] = useState(0);
  const enter = (event: DragEvent) => carriesFiles(event) && setDepth((before) => before + 1);
  const leave = (event: DragEvent) => carriesFiles(event) && setDepth((before) => Math.max(0, before - 1));
  // Files that nobody takes must not replace the page either, which is what a browser does with them by itself.
  const over = (event: DragEvent) => carriesFiles(event) && event.preventDefault();
  const drop = (event: DragEvent) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    setDepth(0);
    if (target !== null) onFiles([...event.dataTransfer.files]);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way to what the "Add files" button does
    <div className="page" onDragEnter={enter} onDragLeave={leave} onDragOver={over} onDrop={drop}>
      {children}
      {depth > 0 && target !== null && (
        <div className="drop-veil">
          <p>
            <UploadIcon />
            Drop to add to <strong>{target}</strong>
          </p>
        </div>
      )}
    </div>
  );
}

function carriesFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer.types.includes("Files");
}

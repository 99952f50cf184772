import { type FormEvent, useState } from "react";
import { problemFrom } from "../api/problems.ts";
import type { Problem } from "../api/types.ts";
import { PlusIcon } from "../parts/icons.tsx";

interface Props {
  onCreate: (name: string) => Promise<void>;
  /** Show the field at once, without the button before it. */
  alwaysOpen?: boolean;
}

/** A button that opens into a field for the name; Escape closes it again. */
export function NewCollection({ onCreate, alwaysOpen = false }: Props) {
  const [open, setOpen] = useState(alwaysOpen);
  if (open) return <NameForm onCreate={onCreate} onClose={() => setOpen(alwaysOpen)} />;
  return (
    <button
      type="button"
      className="quiet"
      aria-label="New collection"
      title="New collection"
      onClick={() => setOpen(true)}
    >
      <PlusIcon />
    </button>
  );
}

function NameForm({ onCreate, onClose }: { onCreate: (name: string) => Promise<void>; onClose: () => void }) {
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await onCreate(name.trim());
      onClose();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <form className="new-collection" onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <input
        // biome-ignore lint/a11y/noAutofocus: the reader has just asked for this field
        autoFocus
        aria-label="Name of the new collection"
        placeholder="Name"
        maxLength={120}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="small" disabled={!name.trim()}>
        Create
      </button>
      {problem && (
        <p className="fine failed" role="alert">
          {problem.detail || problem.title}
        </p>
      )}
    </form>
  );
}

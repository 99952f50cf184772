import { NewCollection } from "./library/NewCollection.tsx";
import type { Collections } from "./library/useCollections.ts";
import { Logo } from "./parts/icons.tsx";
import { ProblemNote } from "./parts/ProblemNote.tsx";

/** Before there is a collection to work in: still loading, out of reach, or the very first one to be made. */
export function Threshold({ collections: { list, problem, create, refresh } }: { collections: Collections }) {
  return (
    <main className="threshold">
      <Logo />
      <h1>Ragstone</h1>
      {problem && (
        <ProblemNote problem={problem}>
          <button type="button" className="small" onClick={refresh}>
            Try again
          </button>
        </ProblemNote>
      )}
      {list?.length === 0 && (
        <>
          <p>Documents live in collections. Make the first one, then add files to it.</p>
          <NewCollection onCreate={create} alwaysOpen />
        </>
      )}
    </main>
  );
}

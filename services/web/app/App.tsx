import { useCollections } from "./library/useCollections.ts";
import { SignIn } from "./SignIn.tsx";
import { Threshold } from "./Threshold.tsx";
import { Workplace } from "./Workplace.tsx";

export function App() {
  const collections = useCollections();
  if (collections.problem?.status === 401) return <SignIn onSignedIn={collections.refresh} />;
  if (collections.selected) return <Workplace collections={collections} collection={collections.selected.name} />;
  return <Threshold collections={collections} />;
}

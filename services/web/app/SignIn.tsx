import { type FormEvent, useState } from "react";
import { signIn } from "./api/client.ts";
import { problemFrom } from "./api/problems.ts";
import type { Problem } from "./api/types.ts";
import { Logo } from "./parts/icons.tsx";
import { ProblemNote } from "./parts/ProblemNote.tsx";

/** Shown to a browser without a session: an API key is exchanged for one. */
export function SignIn({ onSignedIn }: { onSignedIn: () => void }) {
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await signIn(key.trim());
      onSignedIn();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <Logo />
        <h1>Sign in to Ragstone</h1>
        <label>
          API key
          <input type="password" autoComplete="off" value={key} onChange={(event) => setKey(event.target.value)} />
        </label>
        <button type="submit" className="primary" disabled={!key.trim()}>
          Sign in
        </button>
        {problem && <ProblemNote problem={problem} />}
      </form>
    </main>
  );
}

import { useCallback, useEffect, useState } from "react";
import { createCollection, listCollections } from "../api/client.ts";
import { problemFrom } from "../api/problems.ts";
import type { Collection, Problem } from "../api/types.ts";

export interface Collections {
  /** Null until the first answer. */
  list: Collection[] | null;
  problem: Problem | null;
  selected: Collection | null;
  select: (id: string) => void;
  create: (name: string) => Promise<void>;
  refresh: () => Promise<void>;
}

export function useCollections(): Collections {
  const [list, setList] = useState<Collection[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [chosen, select] = useState<string | null>(null);

  const refresh = useCallback(async () => {
    try {
      setList(await listCollections());
      setProblem(null);
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  }, []);

  useEffect(() => {
    refresh();
  }, [refresh]);

  const create = async (name: string) => {
    const made = await createCollection(name);
    await refresh();
    select(made.id);
  };

  const selected = list?.find(({ id }) => id === chosen) ?? list?.[0] ?? null;
  return { list, problem, selected, select, create, refresh };
}

/** Questions to start with, for the collection that a fresh installation comes with. */
const EXAMPLES: Record<string, readonly string[]> = {
  demo: [
    "What does a citation point at?",
    "What happens to a job when its worker is killed?",
    "Which vector index is used by default?",
  ],
};

export function exampleQuestions(collection: string): readonly string[] {
  return EXAMPLES[collection] ?? [];
}

/** Questions to start with, for the collection that a fresh installation comes with. */
const EXAMPLES: Record<string, readonly string[]> = {
  demo: [
    "How long is a lease on a job?",
    "Why is the extractive answerer the default?",
    "What does hybrid search combine?",
  ],
};

export function exampleQuestions(collection: string): readonly string[] {
  return EXAMPLES[collection] ?? [];
}

/** Questions to start with, for the collection that a fresh installation comes with. */
const EXAMPLES: Record<string, readonly string[]> = {
  demo: [
    "What happens to a job when its worker dies?",
    "Why is the extractive answerer the default?",
    "What does hybrid search combine?",
  ],
};

export function exampleQuestions(collection: string): readonly string[] {
  return EXAMPLES[collection] ?? [];
}

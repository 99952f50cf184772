import { expect, test } from "vitest";
import type { Citation } from "../api/types.ts";
import { distinctSources, numberCitations, segmentAnswer } from "./numbering.ts";

function citation(sentence: [number, number], start: number, documentId = "d1"): Citation {
  return {
    sentence,
    document_id: documentId,
    version: 1,
    title: "T",
    page: null,
    start,
    end: start + 5,
    quote: "quote",
    boxes: [],
    match: "exact",
  };
}

const ANSWER = "𝔘ne. Two 👩‍🚀.\nThree.";
const points = [...ANSWER];
const first: [number, number] = [0, 5];
const second: [number, number] = [5, points.indexOf("\n")];
const third: [number, number] = [points.indexOf("\n") + 1, points.length];

function shape(answer: string, citations: Citation[]) {
  return segmentAnswer(answer, numberCitations(citations)).map(({ text, marks }) => [text, marks.map((m) => m.number)]);
}

test("marks stand after their sentences, before the white space that follows", () => {
  expect(shape(ANSWER, [citation(first, 0), citation(second, 10), citation(third, 20)])).toEqual([
    ["𝔘ne.", [1]],
    [" Two 👩‍🚀.", [2]],
    ["\nThree.", [3]],
  ]);
});

test("citations are numbered in the order of their sentences, whatever order they arrive in", () => {
  const numbered = numberCitations([citation(third, 20), citation(first, 0)]);
  expect(numbered.map(({ number, citation: { start } }) => [number, start])).toEqual([
    [1, 0],
    [2, 20],
  ]);
});

test("the same range of the same version keeps its number, another document does not share it", () => {
  const numbered = numberCitations([citation(first, 0), citation(second, 0), citation(third, 0, "d2")]);
  expect(numbered.map(({ number }) => number)).toEqual([1, 1, 2]);
  expect(distinctSources(numbered).map(({ number }) => number)).toEqual([1, 2]);
});

test("a sentence may have several sources, none of them twice", () => {
  expect(shape(ANSWER, [citation(first, 0), citation(first, 9), citation(first, 0)])[0]).toEqual(["𝔘ne.", [1, 2]]);
});

test("a mark waits until its whole sentence has arrived, and the text is never changed", () => {
  const citations = [citation(first, 0), citation(second, 10), citation(third, 20)];
  for (let length = 0; length <= points.length; length += 1) {
    const streamed = points.slice(0, length).join("");
    const segments = segmentAnswer(streamed, numberCitations(citations));
    expect(segments.map(({ text }) => text).join("")).toBe(streamed);
    expect(segments.flatMap(({ marks }) => marks).length).toBe(
      citations.filter(({ sentence }) => sentence[1] <= length).length,
    );
  }
});

test("an answer without citations is one run of text, an empty one none", () => {
  expect(shape("Nothing found.", [])).toEqual([["Nothing found.", []]]);
  expect(shape("", [])).toEqual([]);
});

import type { Citation } from "../api/types.ts";
import { countCodePoints, unitIndexes } from "../text/codePoints.ts";

/** A source as the reader sees it: one number per range of a document version, however often it is cited. */
export interface NumberedCitation {
  number: number;
  citation: Citation;
}

/** A run of the answer's text, with the citations that stand right after it. */
export interface Segment {
  text: string;
  marks: NumberedCitation[];
}

/** Citations in the order of the sentences they bear out, numbered from 1; the same source keeps its number. */
export function numberCitations(citations: readonly Citation[]): NumberedCitation[] {
  const numbers = new Map<string, number>();
  return [...citations]
    .sort((one, other) => one.sentence[1] - other.sentence[1] || one.sentence[0] - other.sentence[0])
    .map((citation) => {
      const key = sourceKey(citation);
      const number = numbers.get(key) ?? numbers.size + 1;
      numbers.set(key, number);
      return { number, citation };
    });
}

export function sourceKey({ document_id, version, start, end }: Citation): string {
  return JSON.stringify([document_id, version, start, end]);
}

/** One entry per number, for the list of sources. */
export function distinctSources(numbered: readonly NumberedCitation[]): NumberedCitation[] {
  return numbered.filter(({ number }, index) => numbered.findIndex((other) => other.number === number) === index);
}

/**
 * The answer cut after each cited sentence. The texts joined are exactly the answer; a mark stands before the white space
 * that ends its sentence, and waits until all of its sentence has arrived.
 */
export function segmentAnswer(answer: string, numbered: readonly NumberedCitation[]): Segment[] {
  const marksAt = marksByPosition(answer, numbered);
  const cuts = [...marksAt.keys()].sort((one, other) => one - other);
  const segments = cuts.map((cut, index) => ({
    text: answer.slice(cuts[index - 1] ?? 0, cut),
    marks: marksAt.get(cut) ?? [],
  }));
  const rest = answer.slice(cuts.at(-1) ?? 0);
  return rest ? [...segments, { text: rest, marks: [] }] : segments;
}

/** The citations at each UTF-16 index where a sentence ends, no number twice at one place. */
function marksByPosition(answer: string, numbered: readonly NumberedCitation[]): Map<number, NumberedCitation[]> {
  const arrived = countCodePoints(answer);
  const whole = numbered.filter(({ citation }) => citation.sentence[1] <= arrived);
  const ends = unitIndexes(
    answer,
    whole.map(({ citation }) => citation.sentence[1]),
  );
  const marksAt = new Map<number, NumberedCitation[]>();
  whole.forEach((mark, index) => {
    const at = answer.slice(0, ends[index]).trimEnd().length;
    const marks = marksAt.get(at) ?? [];
    if (!marks.some(({ number }) => number === mark.number)) marksAt.set(at, [...marks, mark]);
  });
  return marksAt;
}

import { expect, test } from "vitest";
import { countCodePoints, sliceCodePoints, unitIndexes } from "./codePoints.ts";

const TEXT = "a𝔘é👩‍🚀z\u{20000}";
const POINTS = [...TEXT];

test("every range of code points is sliced as an array of code points is", () => {
  for (let start = 0; start <= POINTS.length; start += 1) {
    for (let end = start; end <= POINTS.length; end += 1) {
      expect(sliceCodePoints(TEXT, start, end)).toBe(POINTS.slice(start, end).join(""));
    }
  }
});

test("code points are counted, not units", () => {
  expect(countCodePoints(TEXT)).toBe(POINTS.length);
  expect(countCodePoints("")).toBe(0);
});

test("an unpaired surrogate counts as one, as it does in Python", () => {
  expect(unitIndexes("\ud835x𝔘", [0, 1, 2, 3])).toEqual([0, 1, 2, 4]);
});

test("offsets keep their order and may repeat or lie beyond the text", () => {
  expect(unitIndexes(TEXT, [2, 0, 2, 99, 1])).toEqual([3, 0, 3, TEXT.length, 1]);
});

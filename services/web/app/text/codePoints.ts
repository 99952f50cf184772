/**
 * The wire counts Unicode code points; JavaScript strings count UTF-16 units, two for what lies beyond U+FFFF. Offsets
 * are turned here and nowhere else.
 */

/** The UTF-16 index of each of the `offsets`, which count code points; one beyond the text maps to its end. */
export function unitIndexes(text: string, offsets: readonly number[]): number[] {
  const wanted = [...new Set(offsets)].sort((one, other) => one - other);
  const found = new Map<number, number>();
  let units = 0;
  let points = 0;
  for (const offset of wanted) {
    while (points < offset && units < text.length) {
      units += unitsAt(text, units);
      points += 1;
    }
    found.set(offset, units);
  }
  return offsets.map((offset) => found.get(offset) ?? text.length);
}

export function sliceCodePoints(text: string, start: number, end: number): string {
  const [from = 0, to = 0] = unitIndexes(text, [start, end]);
  return text.slice(from, to);
}

export function countCodePoints(text: string): number {
  let points = 0;
  for (let units = 0; units < text.length; units += unitsAt(text, units)) points += 1;
  return points;
}

function unitsAt(text: string, index: number): number {
  return (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
}

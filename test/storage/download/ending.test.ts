import { expect, it } from 'vitest';
import { Ending } from '../../../src/storage/download/ending.ts';

it('who was added is told once, who was taken out is not, and who comes too late at once', () => {
  const ending = new Ending();
  const told: string[] = [];
  const gone = (): void => void told.push('gone');
  ending.add(() => told.push('first'));
  ending.add(gone);
  ending.delete(gone);
  expect(ending.over).toBe(false);
  ending.end();
  ending.end();
  ending.add(() => told.push('late'));
  expect(told).toEqual(['first', 'late']);
});

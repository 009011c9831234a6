// Random mutants of the smuggling payloads: nobody knows what should become of each, but what goes upstream stays sound.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rawClient } from '../support/raw-client.ts';
import { rawRuntime } from '../support/raw-runtime.ts';
import { seed } from '../support/seed.ts';
import { readSentRequests } from '../support/strict-request.ts';
import { startTestAgent } from '../support/test-agent.ts';
import { payloads } from './smuggling/payloads.ts';

const mutantsPerRun = 600;
const bits = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  '\0',
  '\x0b',
  '\x7f',
  '\xa0',
  ',',
  ';',
  ':',
  '0',
  '1',
  'f',
  '-',
  '+',
  '_',
  '"',
  '%',
  '#',
];
const lines = [
  'Content-Length: 4\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Connection: close\r\n',
  'Expect: 100-continue\r\n',
];

const mutation = fc.record({
  kind: fc.constantFrom('insert', 'replace', 'delete', 'line', 'case'),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  bit: fc.constantFrom(...bits),
  line: fc.constantFrom(...lines),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

const small = payloads.filter(({ bytes }) => bytes.length < 2000);
const mutant = fc
  .tuple(fc.constantFrom(...small), fc.array(mutation, { minLength: 1, maxLength: 3 }))
  .map(([payload, mutations]) => mutations.reduce(mutate, payload.bytes));

function mutate(bytes: string, { kind, at, bit, line }: Mutation): string {
  const i = Math.floor(at * bytes.length);
  const lineAt = bytes.indexOf('\r\n', i) + 2;
  if (kind === 'insert') return bytes.slice(0, i) + bit + bytes.slice(i);
  if (kind === 'replace') return bytes.slice(0, i) + bit + bytes.slice(i + 1);
  if (kind === 'delete') return bytes.slice(0, i) + bytes.slice(i + 1);
  if (kind === 'line') return bytes.slice(0, lineAt) + line + bytes.slice(lineAt);
  const letter = bytes.charAt(i);
  const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
  return bytes.slice(0, i) + other + bytes.slice(i + 1);
}

/** Requests on this connection that are whole; a strict reader throws on anything else. */
const whole = (bytes: string) => readSentRequests(bytes).filter(({ complete }) => complete).length;

it(`${mutantsPerRun} mutants: strict bytes upstream, and as many answers as requests`, async () => {
  const answered = new Map<object, number>();
  const runtime = await rawRuntime((connection) => {
    const complete = whole(connection.received());
    for (let done = answered.get(connection) ?? 0; done < complete; done++) {
      connection.socket.write('HTTP/1.1 204 No Content\r\n\r\n');
    }
    answered.set(connection, complete);
  });
  const agent = await startTestAgent(runtime.port);
  const served = () => runtime.connections.reduce((sum, { received }) => sum + whole(received()), 0);
  await fc.assert(
    fc.asyncProperty(mutant, async (bytes) => {
      const before = served();
      const client = await rawClient(agent.port);
      client.send(bytes);
      client.socket.end();
      const answer = await client.closed();
      const passed = answer.match(/HTTP\/1\.1 204 /g)?.length ?? 0;
      expect(served() - before).toBe(passed);
      expect(answer.match(/HTTP\/1\.1 [2-5]\d\d /g)?.length ?? 0, 'answers').toBeLessThanOrEqual(passed + 1);
      client.socket.destroy();
    }),
    { seed, numRuns: mutantsPerRun },
  );
});

// One line a request, in columns, and never more than a person can follow.
import { describe, expect, it } from 'vitest';
import { type Paint, renderLine } from '../../../src/dev/inspector/terminal-line.ts';
import { TerminalLines } from '../../../src/dev/inspector/terminal-lines.ts';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { seenExchange, type Told, testClock } from '../../support/seen-exchanges.ts';

const plain: Paint = (_style, text) => text;
const lineOf = (told: Told) => renderLine(seenExchange(1, told), plain).slice('00:00:00.000  '.length);

describe('a line', () => {
  it.each<[line: string, told: Told]>([
    ['V2 JSON    m                                 200         10.0 ms', {}],
    [
      'V2 JSON    GET /v2/models/m/ready            404         1235 ms',
      { request: { method: 'GET', path: '/v2/models/m/ready?x=secret' }, status: 404, totalMs: 1234.56 },
    ],
    ['V2 JSON    m                                 left        10.0 ms', { cancelled: true, status: null }],
    ['V2 JSON    m                                 broken      10.0 ms', { broken: true }],
    [
      'V2 JSON    n                                 broken      10.0 ms',
      { status: null, request: { path: '/v2/models/n/infer' } },
    ],
    [
      'V1         a?[31m                            200         10.0 ms',
      { request: { path: '/v1/models/a%1b%5b31m:predict' } },
    ],
    [
      'HTTP       GET /longlonglonglonglonglonglo…  200         10.0 ms',
      { request: { method: 'GET', path: `/${'long'.repeat(20)}` } },
    ],
    [
      'V2 JSON    m                                 200         10.0 ms  wait 3.0 + runtime 5.0 + agent 2.0  batch of 5',
      { batch: { id: 'b', requests: 5, rows: 9 } },
    ],
    [
      'gRPC       ModelReady                        grpc 14     10.0 ms',
      {
        request: {
          protocol: 'http2',
          path: '/inference.GRPCInferenceService/ModelReady',
          headers: new FlatHeaderBlock(['content-type', 'application/grpc']),
        },
        headers: ['content-type', 'application/grpc', 'grpc-status', '14'],
      },
    ],
  ])('%s', (line, told) => {
    expect(lineOf(told)).toBe(line);
  });

  it('is coloured by who can', () => {
    const marked = renderLine(seenExchange(1, { status: 500 }), (style, text) => `<${String(style)}>${text}</>`);
    expect(marked).toContain('<red>500    </>');
  });
});

describe('lines', () => {
  function openLines() {
    const clock = testClock();
    const printed: string[] = [];
    const lines = new TerminalLines({ clock, print: (line) => printed.push(line), paint: plain });
    const end = (count: number) => {
      for (let nth = 0; nth < count; nth += 1) lines.ended(seenExchange(nth));
    };
    return { clock, printed, lines, end };
  }

  it('are 20 a second, and one that counts the others', () => {
    const { clock, printed, lines, end } = openLines();
    end(50);
    expect(printed).toHaveLength(20);
    clock.pass(1000);
    end(1);
    expect(printed.slice(20)).toEqual([expect.stringMatching(/… and 30 more/), expect.stringContaining(' m ')]);
    end(20);
    lines[Symbol.dispose]();
    expect(printed.slice(22)).toHaveLength(20);
    expect(printed.at(-1)).toMatch(/… and 1 more/);
  });

  it('lose nothing when requests stop: the count comes with the end of its second', async () => {
    const printed: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    let nowMs = 0;
    const lines = new TerminalLines({
      clock: { epochMs: () => 0, monotonicMs: () => nowMs },
      print: (line) => printed.push(line) > 20 && resolve(),
      paint: plain,
    });
    for (let nth = 0; nth < 20; nth += 1) lines.ended(seenExchange(nth));
    nowMs = 990;
    lines.ended(seenExchange(20));
    await promise;
    expect(printed[20]).toMatch(/… and 1 more/);
  });
});

// RFC 9110 7.6.1 as a matrix: what ends at this hop, what only looks like it, and what must not be touched; both directions.
import { describe, expect, it } from 'vitest';
import { rawClient } from '../support/raw-client.ts';
import { rawRuntime } from '../support/raw-runtime.ts';
import { readSentRequests } from '../support/strict-request.ts';
import { startTestAgent } from '../support/test-agent.ts';

interface Rule {
  readonly rule: string;
  readonly sent: readonly string[]; // field lines
  /** Those of them that arrive, in order; [] = none. */
  readonly arrives: readonly string[];
}

const gone = (rule: string, ...sent: string[]): Rule => ({ rule, sent, arrives: [] });
const kept = (rule: string, ...sent: string[]): Rule => ({ rule, sent, arrives: sent });
const some = (rule: string, sent: readonly string[], arrives: readonly string[]): Rule => ({ rule, sent, arrives });

/** Rules that hold for requests and for answers. */
const both: readonly Rule[] = [
  gone('Keep-Alive', 'Keep-Alive: timeout=5'),
  gone('Proxy-Connection', 'Proxy-Connection: keep-alive'),
  gone('Proxy-Authenticate', 'Proxy-Authenticate: Basic'),
  gone('Proxy-Authentication-Info', 'Proxy-Authentication-Info: x'),
  gone('Proxy-Authorization', 'Proxy-Authorization: Basic eDp5'),
  gone('TE', 'TE: trailers'),
  gone('TE with other codings', 'TE: gzip;q=0.5, trailers'),
  gone('odd case', 'kEEP-aLIVE: 5', 'PROXY-CONNECTION: close', 'te: trailers'),
  gone('HTTP2-Settings', 'HTTP2-Settings: AAMAAABk'),
  gone('one name of Connection', 'Connection: X-Hop', 'X-Hop: 1'),
  gone('several names of Connection', 'Connection: X-Hop, X-Skip', 'X-Hop: 1', 'X-Skip: 2'),
  gone('a name before Connection', 'X-Hop: 1', 'Connection: x-hop'),
  gone('odd case in both', 'Connection: x-HOP', 'X-hop: 1'),
  gone('odd case of Connection', 'cONNECTION: X-Hop', 'X-Hop: 1'),
  gone('two Connection fields', 'Connection: X-Hop', 'Connection: X-Skip', 'X-Hop: 1', 'X-Skip: 2'),
  gone(
    'a plain option between two',
    'Connection: X-Hop',
    'Connection: keep-alive',
    'Connection: X-Skip',
    'X-Hop: 1',
    'X-Skip: 2',
  ),
  gone('keep-alive with a name', 'Connection: keep-alive, X-Hop', 'X-Hop: 1'),
  gone('no spaces', 'Connection: keep-alive,X-Hop,X-Skip', 'X-Hop: 1', 'X-Skip: 2'),
  gone('spaces, tabs and empty options', 'Connection: , \t X-Hop ,, ', 'X-Hop: 1'),
  gone('a named field several times', 'Connection: X-Hop', 'X-Hop: 1', 'x-hop: 2', 'X-HOP: 3'),
  gone('Connection names itself', 'Connection: Connection, X-Hop', 'X-Hop: 1'),
  gone('Connection names an end-to-end field', 'Connection: Cache-Control', 'Cache-Control: no-store'),
  some('Connection names what is not there', ['Connection: X-None', 'X-Hop: 1'], ['X-Hop: 1']),
  some('a name is no prefix', ['Connection: X-Ho', 'X-Hop: 1'], ['X-Hop: 1']),
  some('a value is no name', ['Connection: X-Hop', 'X-Other: X-Hop'], ['X-Other: X-Hop']),
  some('the rest keeps its order', ['B: 1', 'Connection: X-Hop', 'A: 2', 'X-Hop: 1', 'b: 3'], ['B: 1', 'A: 2', 'b: 3']),
  kept(
    'names that only begin alike',
    'Keep-Alive-X: 1',
    'X-Keep-Alive: 1',
    'Proxy-Status: x',
    'Tea: 1',
    'Connections: X-Hop',
  ),
  kept('other names with underscores', 'X_Auth: 1', 'my_header: 2'),
  kept('Via and Cache-Control', 'Via: 1.1 a', 'Cache-Control: no-store'),
];

const requests: readonly Rule[] = [
  gone('Upgrade other than a WebSocket', 'Connection: Upgrade', 'Upgrade: foo/2'),
  gone('Upgrade without Connection', 'Upgrade: websocket'),
  gone('Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AA'),
  gone('look-alike Keep_Alive', 'Keep_Alive: 5', 'keep_alive: 5'),
  gone('look-alike Proxy_Connection', 'Proxy_Connection: close'),
  gone('look-alike Proxy_Authorization', 'Proxy_Authorization: Basic eDp5'),
  gone('look-alikes of forwarding', 'X_Forwarded_For: 6.6.6.6', 'X-Forwarded_Host: b', 'X_Forwarded-Proto: https'),
  gone('Connection names Forwarded', 'Connection: Forwarded', 'Forwarded: for=6.6.6.6'),
  kept('Trailer', 'Trailer: X-Sum'),
  kept('Authorization and Cookie', 'Authorization: Bearer x', 'Cookie: a=b', 'cookie: c=d'),
];

/** The runtime takes them for its own: a client can have neither the framing nor this hop's fields removed. */
const unremovable = ['Host', 'Content-Length', 'X-Forwarded-For', 'close'];

const answers: readonly Rule[] = [
  gone('Upgrade', 'Upgrade: h2c'),
  gone('Trailer where none can follow', 'Trailer: X-Sum'),
  kept(
    'X-Forwarded-For and look-alikes, which no client confuses',
    'X-Forwarded-For: a',
    'X_Forwarded_For: b',
    'Keep_Alive: 5',
  ),
  kept('X-Powered-By', 'X-Powered-By: x'),
  kept('Set-Cookie twice', 'Set-Cookie: a=1', 'Set-Cookie: b=2'),
];

const own = /^(host|content-length|connection|keep-alive|x-forwarded-for): /i; // of each hop, asserted below

describe(`of a request: ${both.length + requests.length} rules`, () => {
  it.each([...both, ...requests])('$rule', async ({ sent, arrives }) => {
    const { lines } = await exchange({ request: sent });
    expect(lines.filter((line) => !own.test(line))).toEqual(arrives);
    expect(lines.filter((line) => /^connection: /i.test(line)).join()).toMatch(/^(connection: (keep-alive|close))?$/i);
    expect(lines.filter((line) => /^keep-alive:/i.test(line))).toEqual([]);
  });

  it.each(unremovable)('Connection: %s removes nothing that this hop needs', async (name) => {
    const { lines } = await exchange({ request: [`Connection: ${name}`, 'X-Forwarded-For: 9.9.9.9', 'X: y'] });
    expect(lines.filter((line) => /^(host|content-length|x-forwarded-for|x): /i.test(line)).sort()).toEqual([
      'X-Forwarded-For: 9.9.9.9, 127.0.0.1',
      'X: y',
      'content-length: 2',
      'host: a',
    ]);
  });
});

describe(`of an answer: ${both.length + answers.length} rules`, () => {
  it.each([...both, ...answers])('$rule', async ({ sent, arrives }) => {
    const { answer } = await exchange({ answer: sent });
    const lines = answer.slice(0, answer.indexOf('\r\n\r\n')).split('\r\n').slice(1);
    const ours = ['Content-Length: 2', 'Connection: keep-alive', 'Keep-Alive: timeout=120', 'Connection: close'];
    expect(lines.filter((line) => !ours.includes(line))).toEqual(arrives);
  });
});

interface Exchanged {
  readonly request?: readonly string[];
  readonly answer?: readonly string[];
}

/** One exchange with these field lines on either side; gives what the runtime and the client then see. */
async function exchange({ request = [], answer = [] }: Exchanged) {
  const head = (lines: readonly string[]) => lines.map((line) => `${line}\r\n`).join('');
  const runtime = await rawRuntime(({ socket, received }) => {
    if (received().endsWith('{}')) socket.write(`HTTP/1.1 200 OK\r\n${head(answer)}Content-Length: 2\r\n\r\nok`);
  });
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(`POST / HTTP/1.1\r\nHost: a\r\n${head(request)}Content-Length: 2\r\n\r\n{}`);
  const text = await client.until((received) => received.endsWith('ok'));
  const [sent] = readSentRequests(runtime.received());
  return { answer: text, lines: (sent?.fields ?? []).map(([name, value]) => `${name}: ${value}`) };
}

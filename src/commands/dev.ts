// `outrigger dev`: try it in one command, before a runtime of yours (--upstream) or one of its own with a real small model.
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../config/config-error.ts';
import { readConfig } from '../config/read.ts';
import type { Config, UpstreamConfig } from '../config/slices.ts';
import { exampleCurl } from '../dev/example.ts';
import { runAgent } from './serve.ts';

interface DevWords {
  readonly upstream: URL | null;
  readonly upstreamGrpc: URL | null;
  readonly rest: readonly string[];
}

/** Defaults of dev come first, so that flags given by hand win. */
const devDefaults = ['--host', '127.0.0.1', '--metrics-host', '127.0.0.1', '--log-pretty', '--log-level', 'info'];

export async function dev(argv: readonly string[]): Promise<number> {
  const words = readDevWords(argv);
  const given = readConfig({ argv: [...devDefaults, ...words.rest], env: process.env, atTerminal: true });
  if (words.upstream !== null) return serveBefore(words, withUpstream(given, words), null);

  const { startOnnxRuntime } = await import('../dev/onnx-runtime.ts');
  const { openLog } = await import('../process-log.ts');
  const runtime = await startOnnxRuntime({
    host: '127.0.0.1',
    port: 0,
    modelDir: fileURLToPath(new URL('../dev/model', import.meta.url)),
    log: await openLog({ ...given.log, level: 'warn' }),
  });
  try {
    const upstream = new URL(`http://127.0.0.1:${runtime.port}`);
    return await serveBefore(words, withUpstream(given, { ...words, upstream }), 'digits');
  } finally {
    await runtime[Symbol.asyncDispose]();
  }
}

function serveBefore(words: DevWords, config: Config, model: string | null): Promise<number> {
  return runAgent(config, {
    hurried: true,
    started: ({ port, opsPort }) => {
      const url = `http://127.0.0.1:${port}`;
      const lines = [``, `  Outrigger is at ${url}`];
      if (opsPort !== null) lines.push(`  metrics and status at http://127.0.0.1:${opsPort}/`);
      lines.push(
        model === null ? `  in front of ${words.upstream?.href}` : `  in front of an embedded runtime with one model`,
      );
      if (model !== null) {
        const { command, expectation, picture } = exampleCurl(url);
        lines.push(
          '',
          picture.replaceAll(/^/gm, '    '),
          '',
          `  Ask what digit this is; the answer has ${expectation}:`,
        );
        lines.push('', command);
      }
      lines.push('', '  Ctrl-C stops it.', '');
      process.stdout.write(`${lines.join('\n')}\n`);
    },
  });
}

function withUpstream(config: Config, { upstream, upstreamGrpc }: DevWords): Config {
  if (upstream === null) return config;
  const port = portOf(upstream);
  const grpc = upstreamGrpc ?? upstream;
  const slice: UpstreamConfig = {
    ...config.upstream,
    host: upstream.hostname,
    port,
    grpcHost: grpc.hostname,
    grpcPort: portOf(grpc),
  };
  const check = { kind: 'tcpSocket', host: upstream.hostname, port } as const;
  const probe = { check, timeoutMs: 1000, periodMs: 10_000, successThreshold: 1 };
  return { ...config, upstream: slice, readiness: { probes: [probe], http2AutoDetection: false } };
}

/** Takes --upstream and --upstream-grpc out of the words. @throws ConfigError */
function readDevWords(argv: readonly string[]): DevWords {
  const problems: string[] = [];
  const rest: string[] = [];
  const urls: Record<string, URL | null> = { '--upstream': null, '--upstream-grpc': null };
  for (let i = 0; i < argv.length; i++) {
    const [flag = '', ...value] = (argv[i] as string).split('=');
    if (!(flag in urls)) rest.push(argv[i] as string);
    else urls[flag] = readUrl(flag, value.length > 0 ? value.join('=') : argv[++i], problems);
  }
  if (urls['--upstream'] === null && urls['--upstream-grpc'] !== null) {
    problems.push('--upstream-grpc: expected together with --upstream');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { upstream: urls['--upstream'] ?? null, upstreamGrpc: urls['--upstream-grpc'] ?? null, rest };
}

function readUrl(flag: string, text: string | undefined, problems: string[]): URL | null {
  const url = text === undefined ? null : URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url?.protocol === 'http:' && url.pathname === '/' && url.hostname !== '') return url;
  problems.push(`${flag}: expected a URL such as http://127.0.0.1:8000, got ${JSON.stringify(text ?? '')}`);
  return null;
}

function portOf(url: URL): number {
  return url.port === '' ? 80 : Number(url.port);
}

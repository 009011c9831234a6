// `outrigger pull SOURCE FOLDER ...`: models into folders, one after the other; also what KServe calls a storage initializer.
import { specialWord } from '../config/argv.ts';
import { ConfigError } from '../config/config-error.ts';
import { renderPullHelp } from '../config/help-pages.ts';
import { type PullConfig, type PullPair, readPullConfig } from '../config/pull-config.ts';
import { pullOptions } from '../config/pull-options.ts';
import { OutriggerError } from '../errors.ts';
import { checksumFile } from '../storage/checksum/check-file.ts';
import { startProgress } from '../storage/download/progress.ts';
import { readMarker } from '../storage/folder/marker.ts';
import { verifyFolder } from '../storage/folder/verify-folder.ts';
import { PullThread } from '../storage/pull-thread.ts';
import { readModelUri } from '../storage/uri/read-model-uri.ts';
import { redactUri, specUri } from '../storage/uri/redact-uri.ts';
import { version } from '../version.ts';
import { explain } from './explain.ts';
import { helpColumns } from './help.ts';
import { ensureHomeFolder } from './home-folder.ts';
import { openPullView, type PullView } from './pull-view.ts';
import { leaveTerminationMessage } from './termination-message.ts';

/** As shells say it: 128 and the number of the signal. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * `argv`: behind the word `pull`. Resolves with the exit code and throws nothing: the built program has this command as a file
 * of its own (scripts/build.ts), whose error classes are not those of main.ts.
 */
export async function pull(argv: readonly string[]): Promise<number> {
  try {
    const special = specialWord(argv, pullOptions);
    if (special === null) return await pullBy(withKnownStores(readPullConfig(argv, process.env)));
    process.stdout.write(special === 'help' ? renderPullHelp(helpColumns()) : `${version}\n`);
    return 0;
  } catch (error) {
    return explain(error);
  }
}

/** A source that means nothing is told before anything is fetched. @throws ConfigError */
function withKnownStores(config: PullConfig): PullConfig {
  const problems = config.pairs.flatMap(({ uri }) => {
    try {
      readModelUri(uri);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

async function pullBy(config: PullConfig): Promise<number> {
  // Meant for the store alone (kserve: AWS_ENDPOINT_URL); the AWS client would take it for STS, too. The thread gets our copy.
  delete process.env.AWS_ENDPOINT_URL;
  ensureHomeFolder();
  const { stdout: out, stderr: err } = process;
  const view = openPullView({ show: config.show, out, err, nowMs: () => performance.now() });
  for (const notice of config.notices) if (config.show === 'text') err.write(`outrigger: ${notice}\n`);
  const interruption = new Interruption();
  try {
    return await pullAll(config, { view, interruption });
  } finally {
    interruption[Symbol.dispose]();
  }
}

interface Run {
  readonly view: PullView;
  readonly interruption: Interruption;
}

async function pullAll(config: PullConfig, { view, interruption }: Run): Promise<number> {
  await using thread = new PullThread({ niceness: 0 });
  const { signal } = interruption;
  for (const pair of config.pairs) {
    view.started(redactUri(pair.uri), pair.target);
    try {
      if (config.verify) {
        if (!(await verify(pair, { view, signal }))) return 1;
      } else {
        const { storage, patterns, limits } = config;
        const job = { ...pair, spec: null, config: storage, patterns, limits };
        view.pulled(await thread.pull(job, { signal, onProgress: (progress) => view.progress(progress) }));
      }
    } catch (error) {
      if (!(error instanceof OutriggerError)) throw error;
      view.failed(error);
      leaveTerminationMessage([`${pair.target}: ${error.message}`]);
      return interruption.exitCode ?? 1;
    }
  }
  return 0;
}

/** True: every file is as it was pulled. */
async function verify(
  { uri, target }: PullPair,
  { view, signal }: { readonly view: PullView; readonly signal: AbortSignal },
) {
  const manifest = await readMarker(target, { storageUri: specUri(uri) });
  if (manifest === null) {
    throw new OutriggerError('MODEL_NOT_FOUND', `${target} has no whole copy of it; pull it without --verify`);
  }
  const { files } = manifest;
  const progress = startProgress();
  progress.listing = false;
  progress.listedBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const onBytes = (bytes: number): void => {
    progress.doneBytes += bytes;
    view.progress(progress);
  };
  const differences = await verifyFolder(target, manifest, { checksumFile, onBytes, signal });
  view.verified(files.length, differences);
  return differences.length === 0;
}

/** The first signal ends the pull in a state that the next one goes on from, the second one at once. */
class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #handlers: readonly (readonly [signal: keyof typeof exitCodes, handler: () => void])[];
  exitCode: number | null = null;

  constructor() {
    const handlerOf = (signal: keyof typeof exitCodes) => () => this.#interrupt(exitCodes[signal]);
    this.#handlers = (['SIGINT', 'SIGTERM'] as const).map((signal) => [signal, handlerOf(signal)] as const);
    for (const [signal, handler] of this.#handlers) process.on(signal, handler);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
  }

  #interrupt(exitCode: number): void {
    if (this.exitCode !== null) process.exit(exitCode);
    this.exitCode = exitCode;
    this.#controller.abort();
  }
}

// The wanted files, complete and verified, beside whatever version is there.
import { OutriggerError } from '../../errors.ts';
import type { PullProgress } from '../../storage/download/progress.ts';
import type { WantedModel } from '../models-file/wanted-model.ts';
import type { StepParts, Wish } from './step-parts.ts';
import { removeUnfinished } from './unfinished.ts';

export async function pullFiles(wish: Wish, parts: StepParts): Promise<void> {
  const { record, patience: signal } = wish;
  const { wanted } = record;
  if (wanted === null) throw new OutriggerError('INTERNAL', `${record.name} is to be pulled, and is not wanted`);
  const { residency, pulls } = parts;
  await residency.refuseTooLarge(record, signal);
  const urgent = (): boolean => residency.isAwaited(record);
  await pulls.run(
    async () => {
      if (residency.isDiskFull(record)) residency.leaveDisk(record);
      else await pullInTurn({ ...wish, wanted }, parts);
    },
    { signal, urgent },
  );
}

interface Pull extends Wish {
  readonly wanted: WantedModel;
}

async function pullInTurn(pull: Pull, parts: StepParts): Promise<void> {
  const { record, wanted, patience: signal } = pull;
  const { dir, thread, config, metrics, log, residency } = parts;
  const { name, uri, spec } = wanted;
  const version = dir.nextVersionId(name, spec);
  const { storage, patterns, limits } = config;
  const job = { uri, target: dir.versionFolder(name, version), spec, config: storage, patterns, limits };
  const download = { startedAtMs: performance.now(), progress: null as PullProgress | null };
  record.download = download;
  record.hasUnfinished = true;
  using room = residency.openRoomOnDisk(record, signal);
  try {
    const onProgress = (progress: PullProgress): void => {
      download.progress = { ...progress };
      room.take(progress.listedBytes);
    };
    const result = await thread.pull(job, { signal: room.signal, onProgress });
    await room.made();
    await dir.placed(name, version, { spec, bytes: result.bytes });
    residency.keepsOnDisk(record);
    const tookMs = performance.now() - download.startedAtMs;
    metrics.pulled('ok', { seconds: tookMs / 1000, bytes: result.fetchedBytes });
    log.info({ model: name, version, ...result, tookMs: Math.round(tookMs) }, 'model pulled');
  } catch (error) {
    // What is half there is of no use before somebody asks for the model.
    if (room.isFull) {
      await dir.remove(name, version);
      residency.leaveDisk(record);
      return;
    }
    metrics.pulled(signal.aborted ? 'cancelled' : 'failed', null);
    if (record.wanted?.filesKey !== wanted.filesKey) {
      // A change that is taken back in the next moment finds them; but where room is counted, they are not.
      await removeUnfinished(record, parts, residency.disk === null && record.wanted !== null ? [version] : []);
      residency.keepsOnDisk(record);
    } else if (!signal.aborted) await removeUnfinished(record, parts); // its own stay, and its room
    throw room.failure ?? error;
  } finally {
    record.download = null;
  }
}

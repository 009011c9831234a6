// Who is in memory and on disk when not all can be: room is made for the model that is asked for, by those asked for least.
import type { PullerConfig } from '../../config/slices.ts';
import { OutriggerError } from '../../errors.ts';
import type { ModelMetrics } from '../../model-metrics.ts';
import type { Budget } from '../budget/budget.ts';
import { openBudget } from '../budget/byte-budget.ts';
import { LoadWaiters } from '../budget/load-waiters.ts';
import { UseAccount } from '../budget/use-account.ts';
import type { ModelRecord } from '../model/model-record.ts';
import { isLoaded } from '../model/plan.ts';
import { RoomOnDisk } from './room-on-disk.ts';
import { waitForRoom } from './room-wait.ts';

export interface ResidencyParts {
  readonly config: Pick<PullerConfig, 'memoryBudgetBytes' | 'diskBudgetBytes' | 'waitMs' | 'maxWaiting'>;
  readonly metrics: ModelMetrics;
  readonly recordOf: (name: string) => ModelRecord | undefined;
  readonly records: () => Iterable<ModelRecord>;
  /** There is something to do for its keeper. */
  readonly kick: (name: string) => void;
}

const noRoomInMemory = '--model-memory-budget: no room, all loaded models are in use';

export class Residency {
  /** Null: all models are in memory, on disk. */
  readonly memory: Budget | null;
  readonly disk: Budget | null;
  readonly waiters: LoadWaiters;
  readonly #parts: ResidencyParts;
  readonly #uses = new UseAccount();
  #diskFull = false;

  constructor(parts: ResidencyParts) {
    const { memoryBudgetBytes, diskBudgetBytes, waitMs, maxWaiting } = parts.config;
    this.#parts = parts;
    const shared = { useOf: (name: string) => this.#uses.useOf(name), mayGo: (name: string) => this.#mayGo(name) };
    const open = (maxBytes: number, from: 'memory' | 'disk'): Budget =>
      openBudget({
        ...shared,
        maxBytes,
        option: `--model-${from}-budget`,
        pushOut: (name) => this.#pushOut(name, from),
      });
    this.memory = memoryBudgetBytes === null ? null : open(memoryBudgetBytes, 'memory');
    this.disk = diskBudgetBytes === null ? null : open(diskBudgetBytes, 'disk');
    this.waiters = new LoadWaiters({ waitMs, maxWaiting });
    parts.metrics.waiting.follow(() => this.waiters.size);
    parts.metrics.memoryBytes.follow(() => this.memory?.usedBytes ?? 0);
  }

  /** Uses count, and who is used does not go. */
  get counts(): boolean {
    return this.memory !== null || this.disk !== null;
  }

  /** One more use. */
  enter(record: ModelRecord): void {
    this.hold(record);
    this.#uses.note(record.name);
  }

  /** It does not go until `leave`. */
  hold(record: ModelRecord): void {
    record.inFlight += 1;
  }

  leave(record: ModelRecord): void {
    record.inFlight -= 1;
    if (record.inFlight === 0) this.reconsider();
  }

  /** Some model may go now that could not before. */
  reconsider(): void {
    this.memory?.reconsider();
    this.disk?.reconsider();
  }

  /** A request waits for it, or has waited. */
  isAwaited(record: ModelRecord): boolean {
    return record.woken || this.waiters.isAwaited(record.name);
  }

  /** For a model that is already loaded, or wanted anew, nothing changes. */
  wake(record: ModelRecord): void {
    record.woken = true;
    if (!record.inMemory) record.byRequest = true;
    if (record.doing?.kind !== 'delete') this.disk?.stay(record.name);
    record.inMemory = true;
    record.onDisk = true;
    this.#parts.kick(record.name);
  }

  /**
   * Room in memory for a model that is to be loaded. False: there is none, and nobody has to go for a model that no request waits for.
   * @throws OutriggerError MODEL_TOO_LARGE; signal.reason
   */
  async makeRoom(record: ModelRecord, signal: AbortSignal): Promise<boolean> {
    const { memory } = this;
    if (memory === null) return true;
    const holder = { name: record.name, bytes: record.memoryBytes ?? 0 };
    if (memory.tryReserve(holder)) return true;
    if (this.isAwaited(record) || record.serving || holder.bytes > memory.maxBytes) {
      await waitForRoom({ wait: (patience) => memory.reserve(holder, patience), signal, words: noRoomInMemory });
      return true;
    }
    record.inMemory = false;
    return false;
  }

  /** Before its files are fetched in vain. @throws OutriggerError MODEL_TOO_LARGE: what is told of its memory is beyond the budget */
  async refuseTooLarge({ name, wanted }: ModelRecord, signal: AbortSignal): Promise<void> {
    const bytes = wanted?.memoryBytes ?? 0;
    if (this.memory !== null && bytes > this.memory.maxBytes) await this.memory.reserve({ name, bytes }, signal);
  }

  /** Room on disk for the files of a pull; dispose it when the pull is over. */
  openRoomOnDisk(record: ModelRecord, signal: AbortSignal): RoomOnDisk {
    return new RoomOnDisk({ disk: this.disk, record, mayPush: () => this.#mayPush(record), signal });
  }

  /** It serves: whoever waited goes on. */
  served(record: ModelRecord): void {
    record.woken = false;
    record.byRequest = false;
    this.waiters.settle(record.name);
  }

  /** It does not for now: whoever waited is told. */
  failed(record: ModelRecord, error: Error): void {
    record.woken = false;
    this.waiters.fail(record.name, error);
  }

  /** The last pull without a claim found no room, and nothing was freed since: the next need not even ask the store. */
  isDiskFull(record: ModelRecord): boolean {
    return this.#diskFull && !this.#mayPush(record);
  }

  /** There is no room on disk for it until a request wants it. */
  leaveDisk(record: ModelRecord): void {
    this.disk?.free(record.name);
    this.#diskFull = true;
    record.inMemory = false;
    record.onDisk = false;
  }

  /** What it has on disk now is what it takes there. */
  keepsOnDisk(record: ModelRecord): void {
    const { name, diskBytes } = record;
    if (diskBytes > 0) this.disk?.take({ name, bytes: diskBytes });
    else this.freeDisk(record);
  }

  /** It was to go, could not be unloaded, and is wanted again by now: its bytes are not coming. */
  staysInMemory(record: ModelRecord): void {
    if (record.inMemory) this.memory?.tryReserve({ name: record.name, bytes: record.memoryBytes ?? 0 });
  }

  /** What was there at our start takes room, in the runtime and on disk; what models.json says of a loaded model may have changed. */
  recount(): void {
    for (const record of this.#parts.records()) {
      if (record.serving) this.countMemory(record);
      if (record.diskBytes > 0 && this.disk?.holds(record.name) === false) this.keepsOnDisk(record);
    }
  }

  /** Of one that serves: what it takes there, ours to keep or not. */
  countMemory(record: ModelRecord): void {
    const { name, loaded, target, memoryBytes, diskBytes } = record;
    const isCurrent = isLoaded(loaded, target);
    if (isCurrent || this.memory?.holds(name) === false) this.memory?.take({ name, bytes: memoryBytes ?? diskBytes });
  }

  freeMemory({ name }: ModelRecord): void {
    this.memory?.free(name);
  }

  freeDisk({ name }: ModelRecord): void {
    if (this.disk?.holds(name)) this.#diskFull = false;
    this.disk?.free(name);
  }

  /** It left models.json. */
  forget(record: ModelRecord): void {
    this.failed(record, new OutriggerError('MODEL_NOT_READY', `model ${record.name} has left models.json`));
    this.#uses.forget(record.name);
    this.freeMemory(record);
    this.freeDisk(record);
  }

  /** Others have to go for it: a request waits, or it serves and is only being changed. */
  #mayPush(record: ModelRecord): boolean {
    return this.isAwaited(record) || record.diskBytes > 0;
  }

  #mayGo(name: string): boolean {
    const record = this.#parts.recordOf(name);
    return record !== undefined && record.inFlight === 0 && record.doing === null && !this.isAwaited(record);
  }

  #pushOut(name: string, from: 'memory' | 'disk'): void {
    const record = this.#parts.recordOf(name);
    if (record === undefined) return;
    record.inMemory = false;
    if (from === 'disk') record.onDisk = false;
    this.#parts.metrics.evictions[from].add();
    this.#parts.kick(name);
  }
}

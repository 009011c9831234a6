// SETTINGS that pass by: read, and lowered in place to what this side can keep (RFC 9113 6.5.1).
import { firstMaxFrameBytes } from './frame-head.ts';
import { type FaultName, Http2Fault } from './http2-fault.ts';

const settingBytes = 6;

/** Those that somebody here looks at (RFC 9113 6.5.2). */
export const settingIds = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
} as const;

interface AllowedValues {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly fault: FaultName;
}

/** What SETTINGS may say at all (RFC 9113 6.5.2); other values have no meaning, or any. */
const allowed: ReadonlyMap<number, AllowedValues> = new Map([
  [settingIds.ENABLE_PUSH, { name: 'ENABLE_PUSH', least: 0, most: 1, fault: 'PROTOCOL_ERROR' }],
  [
    settingIds.INITIAL_WINDOW_SIZE,
    { name: 'INITIAL_WINDOW_SIZE', least: 0, most: 0x7fff_ffff, fault: 'FLOW_CONTROL_ERROR' },
  ],
  [
    settingIds.MAX_FRAME_SIZE,
    { name: 'MAX_FRAME_SIZE', least: firstMaxFrameBytes, most: 0xff_ffff, fault: 'PROTOCOL_ERROR' },
  ],
]);

export function eachSetting(bytes: Buffer, start: number, end: number, see: (id: number, value: number) => void): void {
  for (let at = start; at + settingBytes <= end; at += settingBytes) {
    see(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2));
  }
}

/** Values of `wanted` that are larger than `most` are made equal to it. */
export function lowerSetting(
  bytes: Buffer,
  { start, end, wanted, most }: { start: number; end: number; wanted: number; most: number },
): void {
  for (let at = start; at + settingBytes <= end; at += settingBytes) {
    if (bytes.readUInt16BE(at) === wanted && bytes.readUInt32BE(at + 2) > most) bytes.writeUInt32BE(most, at + 2);
  }
}

/** For SETTINGS that are acknowledged here, before their judge sees them. @throws Http2Fault */
export function checkSettings(bytes: Buffer, start: number, end: number): void {
  eachSetting(bytes, start, end, (id, value) => {
    const rule = allowed.get(id);
    if (rule === undefined || (value >= rule.least && value <= rule.most)) return;
    throw new Http2Fault(rule.fault, `SETTINGS_${rule.name} of ${value}`);
  });
}

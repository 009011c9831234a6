// The data of an event as text for people, or what it is if it is none.
import type { SeenEvent } from './event-shelf.ts';

/** Text is shown up to here. */
const maxShownBytes = 64 * 1024;

export function payloadText({
  attributes,
  data,
  dataBytes,
}: Pick<SeenEvent, 'attributes' | 'data' | 'dataBytes'>): string {
  const { datacontenttype: type, contentencoding: coding } = attributes;
  if (coding !== undefined) return `${dataBytes} bytes of ${coding}`;
  if (type !== undefined && !/json|text|xml|urlencoded/.test(type)) return `${dataBytes} bytes of ${type}`;
  const rest = dataBytes - maxShownBytes;
  return data.toString('utf8', 0, maxShownBytes) + (rest > 0 ? ` … and ${rest} bytes more` : '');
}

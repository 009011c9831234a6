// An event in the JSON format of CloudEvents 1.0: which text goes before its payload, and whether the payload can stand as it is.
import { isSoundJson } from '../../v2/json/sound-json.ts';
import type { Attributes, LogEvent } from '../event/log-event.ts';
import { joinPieces } from '../event/pieces.ts';
import { jsonString } from './attribute-text.ts';
import { KeptText } from './kept-text.ts';

/** An event's JSON is `head`, then `data`, as it is or in base64, then `tail`. */
export interface JsonParts {
  /** ASCII, as is `tail`. */
  readonly head: string;
  readonly data: Buffer;
  readonly base64: boolean;
  readonly tail: string;
  readonly bytes: number;
}

export class EventJson {
  readonly #fixed = new KeptText((attributes) => `{${membersOf(attributes).slice(1)}`);

  partsOf(event: LogEvent): JsonParts {
    const head = this.#fixed.of(event.fixed) + membersOf(event.attributes);
    const { contentType, contentEncoding, dataBytes } = event;
    if (dataBytes === 0) return { head, data: nothing, base64: false, tail: '}', bytes: head.length + 1 };
    const data = joinPieces(event.data);
    const type = contentType ? `,"datacontenttype":${jsonString(contentType)}` : '';
    const coding = contentEncoding === null ? '' : `,"contentencoding":${jsonString(contentEncoding)}`;
    // Without a content type the format implies JSON.
    if (contentEncoding === null && (!contentType || isJsonType(contentType)) && mayStand(data)) {
      const whole = `${head}${type},"data":`;
      return { head: whole, data, base64: false, tail: '}', bytes: whole.length + data.length + 1 };
    }
    const whole = `${head}${type}${coding},"data_base64":"`;
    return { head: whole, data, base64: true, tail: '"}', bytes: whole.length + Math.ceil(data.length / 3) * 4 + 2 };
  }
}

const nothing = Buffer.alloc(0);
/** Larger ones go as base64: to check 30 MB held the event loop for 100 ms. */
const maxCheckedBytes = 1_048_576;

function mayStand(data: Buffer): boolean {
  return data.length <= maxCheckedBytes && isSoundJson(data);
}

/** Each with its comma in front. */
function membersOf(attributes: Attributes): string {
  let members = '';
  for (let i = 0; i < attributes.length; i += 2) members += `,"${attributes[i]}":${jsonString(attributes[i + 1]!)}`;
  return members;
}

/** JSON by its media type (RFC 6839 3.1 for `+json`), in UTF-8, as it is unless something else is said. */
function isJsonType(contentType: string): boolean {
  if (contentType === 'application/json') return true;
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType) ?? [];
  return /^\s*[^\s;/]+\/(?:[^\s;/]+\+)?json\s*(?:;|$)/i.test(contentType) && /^(?:utf-?8|us-ascii)$/i.test(charset);
}

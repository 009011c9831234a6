// What proto text says: messages with their fields by number, and which messages a method takes and gives.

export interface ProtoField {
  readonly name: string;
  /** A scalar of proto3, or the name of a message; of the values where it is a map. */
  readonly type: string;
  readonly kind: 'single' | 'repeated' | 'map';
}

type ProtoMessage = ReadonlyMap<number, ProtoField>;

export interface ProtoSchema {
  readonly messages: ReadonlyMap<string, ProtoMessage>;
  /** By `Service/Method`, without the package: each vendor has a package of its own. */
  readonly methods: ReadonlyMap<string, { readonly request: string; readonly response: string }>;
}

const block = /(message|service) (\w+) \{([^}]*)\}/g;
const rpc = /rpc (\w+)\((?:stream )?(\w+)\) returns \((?:stream )?(\w+)\);/g;
const field = /(?:(repeated )?(\w+)|map<string, (\w+)>) (\w+) = (\d+);/g;

/** Reads the little of the language that inference-proto.ts needs; keys of its maps are strings. */
export function readProto(text: string): ProtoSchema {
  const messages = new Map<string, ProtoMessage>();
  const methods = new Map<string, { request: string; response: string }>();
  for (const [, kind, name = '', body = ''] of text.matchAll(block)) {
    if (kind === 'message') messages.set(name, readFields(body));
    else {
      for (const [, method, request = '', response = ''] of body.matchAll(rpc)) {
        methods.set(`${name}/${method}`, { request, response });
      }
    }
  }
  return { messages, methods };
}

function readFields(body: string): ProtoMessage {
  return new Map(
    [...body.matchAll(field)].map(([, repeated, type = '', mapped, name = '', number]) => [
      Number(number),
      mapped === undefined
        ? { name, type, kind: repeated === undefined ? ('single' as const) : ('repeated' as const) }
        : { name, type: mapped, kind: 'map' as const },
    ]),
  );
}

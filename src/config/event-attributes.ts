// Attributes of events that an operator adds: names that CloudEvents allows and that nothing else has.
import { pairs } from './lists.ts';
import type { Kind } from './values.ts';

/** Those of CloudEvents 1.0, of KServe's agent, our own, and Knative's of dead letters. */
const takenNames: ReadonlySet<string> = new Set([
  ...['specversion', 'id', 'type', 'source', 'time', 'subject', 'data', 'datacontenttype', 'dataschema'],
  ...['recordedtime', 'inferenceservicename', 'namespace', 'component', 'endpoint', 'metadata', 'annotations'],
  ...['statuscode', 'inferenceheadercontentlength', 'modelname', 'path', 'batchid', 'batchsize', 'batchrows'],
  ...['truncated', 'datalength', 'incomplete', 'redacted', 'grpcstatus', 'grpcencoding', 'exchangeid'],
  ...['contentencoding', 'knativeerrordest', 'knativeerrorcode', 'knativeerrordata'],
]);

/** `k=v,k2=v2`: CloudEvents 1.0, "Naming conventions" and the type String. */
export const eventAttributes: Kind<Readonly<Record<string, string>>> = {
  ...pairs,
  expected:
    'a comma separated list of name=value, names of at most 20 lower case letters and digits that no event has yet, ' +
    'values without control characters',
  read(text) {
    const entries = pairs.read(text);
    const valid = entries !== undefined && Object.entries(entries).every(isAttribute);
    return valid ? entries : undefined;
  },
};

function isAttribute([name, value]: readonly [name: string, value: string]): boolean {
  return (
    /^[a-z0-9]{1,20}$/.test(name) &&
    !takenNames.has(name) &&
    /^[^\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]*$/u.test(value)
  );
}

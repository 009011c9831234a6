// docs/status.schema.json as a judge of reports: as published, and strict, where a field that it does not describe is wrong.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const path = join(import.meta.dirname, '../../docs/status.schema.json');
export const statusSchemaText = readFileSync(path, 'utf8');
export const statusSchema: Schema = JSON.parse(statusSchemaText);

export function compileStatusSchema({ strict }: { readonly strict: boolean }): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  // CommonJS: its default export is the function, or has it, by who loads it.
  const add = addFormats as unknown as { default?: (target: Ajv2020) => void } & ((target: Ajv2020) => void);
  (add.default ?? add)(ajv);
  return ajv.compile(strict ? closed(statusSchema) : statusSchema);
}

/** Every schema in it, with the way there. */
export function* schemasIn(schema: unknown, at = '#'): Generator<readonly [at: string, schema: Schema]> {
  if (schema === null || typeof schema !== 'object') return;
  if (!Array.isArray(schema)) yield [at, schema as Schema];
  for (const [name, inner] of Object.entries(schema)) yield* schemasIn(inner, `${at}/${name}`);
}

/** They say something about fields that are named elsewhere. */
const conditions: ReadonlySet<string> = new Set(['if', 'then', 'else', 'oneOf']);

/** Nothing but what is named, wherever fields are named. */
function closed<Value>(schema: Value): Value {
  if (schema === null || typeof schema !== 'object') return schema;
  if (Array.isArray(schema)) return schema.map(closed) as Value;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, conditions.has(name) ? value : closed(value)]),
  );
  const isRecord = inner.type === 'object' && 'properties' in inner && !('additionalProperties' in inner);
  return { ...inner, ...(isRecord ? { additionalProperties: false } : {}) } as Value;
}

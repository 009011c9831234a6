// The manifests of deploy/ against what others publish: KServe's and Prometheus Operator's definitions (as Go modules), Kubernetes'
// schemas (kubernetes-validate of PyPI), and KServe's own ConfigMap under swap-image.jq.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parseDocument, stringify } from 'yaml';
import { type Json, manifestPaths, readManifests, root } from '../deploy/manifests.ts';
import { toolMissing } from '../e2e/support/tool-missing.ts';

const kserveVersions = ['v0.15.2', 'v0.16.0'];
const operatorVersion = 'v0.79.2';
const kubernetesVersions = ['1.29.0', '1.32.0'];
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'outrigger');
/** What a version does not have yet; the manifest's own comment says to leave it out there. */
const notYet: Readonly<Record<string, string>> = { 'v0.15.2': 'supportsMultiModelDownload' };

let passed = 0;
let failed = 0;
function report(name: string, faults: readonly string[]): void {
  if (faults.length === 0) passed += 1;
  else failed += 1;
  console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  for (const fault of faults) console.log(`       ${fault}`);
}

function run(command: string, args: readonly string[], options: { cwd?: string; input?: string } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  return { ok: status === 0, stdout: stdout ?? '', text: `${error ?? ''}${stdout ?? ''}${stderr ?? ''}`.trim() };
}

/** The unpacked module, by the Go client. @throws when it cannot be had */
function goModule(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-go-'));
  try {
    const { ok, stdout, text } = run('go', ['mod', 'download', '-json', name], { cwd: folder });
    if (!ok) throw new Error(text);
    return JSON.parse(stdout).Dir;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Go writes "whatever the case" into a pattern, JavaScript behind it. */
const readGoPattern = (pattern: string, flags: string) =>
  new RegExp(pattern.replaceAll('(?i)', ''), pattern.includes('(?i)') ? `i${flags}` : flags);
const regExp = Object.assign(readGoPattern, { code: 'readGoPattern' });
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, code: { regExp } });

/** With unknown members refused, as `kubectl apply` does; Kubernetes' own members of a document are known to every kind. */
function strictly(schema: Json): unknown {
  if (Array.isArray(schema)) return schema.map(strictly);
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, strictly(value)]));
  const open =
    schema['x-kubernetes-preserve-unknown-fields'] !== undefined || schema.additionalProperties !== undefined;
  const closed = typeof schema.properties === 'object' && schema.type !== undefined && !open;
  return closed ? { ...members, additionalProperties: false } : members;
}

const documents = manifestPaths()
  .filter((path) => !/^deploy\/prometheus\/outrigger\./.test(path))
  .flatMap(readManifests);
const used = new Set<unknown>(documents.map(({ document }) => document.kind));

/** By apiVersion and kind; of the kinds that our manifests are of (some others have patterns of Go's alone). */
function definitionsOf(folder: string): ReadonlyMap<string, ValidateFunction> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
  const definitions = files
    .map((file) => parseDocument(readFileSync(join(folder, file), 'utf8')).toJS())
    .filter((document) => document?.kind === 'CustomResourceDefinition' && used.has(document.spec.names.kind));
  return new Map(
    definitions.flatMap(({ spec }) =>
      spec.versions.map((version: { name: string; schema: { openAPIV3Schema: Json } }) => [
        `${spec.group}/${version.name} ${spec.names.kind}`,
        ajv.compile(strictly(version.schema.openAPIV3Schema) as object),
      ]),
    ),
  );
}

function faultsOf(document: Json, validate: ValidateFunction): readonly string[] {
  validate(document);
  return (validate.errors ?? []).map(
    (error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
  );
}

function checkDefinitions(label: string, folder: string, known = ''): void {
  const definitions = definitionsOf(folder);
  for (const { path, document } of documents) {
    const validate = definitions.get(`${document.apiVersion} ${document.kind}`);
    if (validate === undefined) continue;
    const faults = faultsOf(document, validate).filter((fault) => known === '' || !fault.includes(known));
    report(`${label}: ${path}, ${document.kind} ${document.metadata?.name}`, faults);
  }
}

function checkSwap(version: string, folder: string): void {
  const map = parseDocument(readFileSync(join(folder, 'config/configmap/inferenceservice.yaml'), 'utf8')).toJS();
  const args = ['--arg', 'image', 'registry/outrigger:1', '--arg', 'keys', 'agent,logger,batcher,storageInitializer'];
  const program = join(root, 'deploy/kserve/swap-image.jq');
  const { ok, stdout, text } = run('jq', [...args, '--from-file', program], { input: JSON.stringify(map) });
  if (!ok) {
    report(`KServe ${version}: swap-image.jq`, [text]);
    return;
  }
  const faults = Object.entries(JSON.parse(stdout).data as Record<string, string>).filter(
    ([key, value]) => value !== map.data[key].replace(/("image"\s*:\s*)"[^"]*"/, '$1"registry/outrigger:1"'),
  );
  report(`KServe ${version}: swap-image.jq changes the image in its ConfigMap and no other byte`, faults.map(String));
  const ours = readManifests('deploy/kserve/kserve-0.16/inferenceservice-config.yaml')[0]?.document.data ?? {};
  const others = Object.entries(ours as unknown as Record<string, string>).filter(([key, value]) => {
    const theirs = { ...JSON.parse(map.data[key]), image: '' };
    return stringify({ ...JSON.parse(value), image: '' }) !== stringify(theirs);
  });
  report(`KServe ${version}: the component has its values`, others.map(String));
}

function checkKubernetes(): void {
  const venv = join(cache, 'kubernetes-validate-1.37.0');
  const program = join(venv, 'bin/kubernetes-validate');
  if (!existsSync(program)) {
    mkdirSync(cache, { recursive: true });
    const made = run('python3', ['-m', 'venv', venv]);
    const installed = made.ok
      ? run(join(venv, 'bin/pip'), ['install', '--quiet', 'kubernetes-validate==1.37.0'])
      : made;
    if (!installed.ok) {
      report('kubernetes-validate of PyPI', [installed.text]);
      return;
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-built-'));
  for (const variant of ['base', 'logging']) {
    const file = join(folder, `${variant}.yaml`);
    writeFileSync(file, run('kubectl', ['kustomize', join(root, 'deploy/kubernetes', variant)]).stdout);
    for (const version of kubernetesVersions) {
      const { ok, text } = run(program, ['--strict', '--no-warn', '-k', version, file]);
      report(`Kubernetes ${version}: deploy/kubernetes/${variant}`, ok ? [] : [text]);
    }
  }
  rmSync(folder, { recursive: true, force: true });
}

const missing = toolMissing('go') === null ? null : 'go';
if (missing === null) {
  for (const version of kserveVersions) {
    const folder = goModule(`github.com/kserve/kserve@${version}`);
    checkDefinitions(`KServe ${version}`, join(folder, 'config/crd/full'), notYet[version]);
    if (toolMissing('jq') === null) checkSwap(version, folder);
    else console.log('skipped: swap-image.jq, no jq here');
  }
  const operator = goModule(`github.com/prometheus-operator/prometheus-operator@${operatorVersion}`);
  checkDefinitions(`Prometheus Operator ${operatorVersion}`, join(operator, 'example/prometheus-operator-crd'));
} else console.log('skipped: the definitions of KServe and Prometheus Operator, no go here');
if (run('kubectl', ['version', '--client']).ok && toolMissing('python3') === null) checkKubernetes();
else console.log('skipped: the schemas of Kubernetes, no kubectl or python3 here');
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

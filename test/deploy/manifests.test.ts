// Is every file below deploy/kserve, deploy/kubernetes and deploy/prometheus YAML, and every manifest of a kind what that kind takes?
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kustomize } from './kustomize.ts';
import { type Json, manifestPaths, readManifests, root } from './manifests.ts';
import { faultsOf } from './schemas.ts';

/** Parts of a manifest that kustomize joins with the rest; and files of Prometheus, which have no kind. */
const patches = ['deploy/kserve/kserve-0.16/inferenceservice-config.yaml', 'deploy/kubernetes/logging/deployment.yaml'];
const ofPrometheus = /^deploy\/prometheus\/outrigger\./;
const paths = manifestPaths();
const whole = paths.filter((path) => !patches.includes(path) && !ofPrometheus.test(path));

it('all are found', () => {
  expect(whole.length).toBeGreaterThan(10);
  expect(paths).toEqual(expect.arrayContaining(patches));
});

it.each(paths)('%s is YAML', (path) => {
  expect(readManifests(path).length).toBeGreaterThan(0);
});

it.each(whole)('%s says nothing that its kind does not know', (path) => {
  expect(readManifests(path).flatMap(({ document }) => faultsOf(document))).toEqual([]);
});

it('a typo in a manifest is found', () => {
  const document = readManifests('deploy/kubernetes/base/service.yaml')[0]?.document as Json;
  const misspelt = { ...document, spec: { ...document.spec, selecter: document.metadata } } as Json;
  expect(faultsOf(misspelt)).toEqual(['/spec must NOT have additional properties {"additionalProperty":"selecter"}']);
});

describe.concurrent.each(['base', 'logging'])('deploy/kubernetes/%s', (folder) => {
  it('is built by kubectl kustomize into manifests that hold', async ({ skip, expect }) => {
    const documents = await kustomize(join(root, 'deploy/kubernetes', folder));
    skip(documents === null, 'no kubectl here');
    expect(documents?.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Service', 'Deployment']);
    expect(documents?.flatMap(faultsOf)).toEqual([]);
  });
});

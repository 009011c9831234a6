// The Deployment of deploy/kubernetes as the tests read it, and the patch of its logging variant put upon it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { root } from './manifests.ts';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number };
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

export interface Container {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly args?: readonly string[];
  readonly env?: readonly Variable[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly lifecycle?: { readonly preStop?: { readonly exec: { readonly command: readonly string[] } } };
  readonly resources: { readonly requests: { readonly memory: string }; readonly limits: { readonly memory: string } };
  readonly securityContext?: object;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

interface PodSpec {
  readonly initContainers: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name: string }[];
  readonly terminationGracePeriodSeconds?: number;
}

export interface Deployment {
  readonly spec: {
    readonly selector: { readonly matchLabels: object };
    readonly template: { readonly metadata: { readonly labels: object }; readonly spec: PodSpec };
  };
}

export function readYaml(path: string): unknown {
  return parseDocument(readFileSync(join(root, path), 'utf8')).toJS();
}

export function sidecarOf(deployment: Deployment): Container {
  return deployment.spec.template.spec.initContainers[0] as Container;
}

/** What the container finds in its environment, without the secret; a field of the pod is named for itself. */
export function environmentOf({ env = [] }: Container): Record<string, string> {
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => [name, value ?? `of ${valueFrom?.fieldRef.fieldPath}`]),
  );
}

/** As Kubernetes merges it: lists of variables, mounts and volumes by name. (kubectl kustomize is asked in manifests.test.ts.) */
export function withLogging(plain: Deployment): Deployment {
  const patch = (readYaml('deploy/kubernetes/logging/deployment.yaml') as Deployment).spec.template.spec;
  const { spec } = plain.spec.template;
  const [sidecar, more] = [sidecarOf(plain), patch.initContainers[0] as Container];
  const merged: Container = {
    ...sidecar,
    env: [...(sidecar.env ?? []), ...(more.env ?? [])],
    resources: more.resources,
    volumeMounts: [...(sidecar.volumeMounts ?? []), ...(more.volumeMounts ?? [])],
  };
  const volumes = [...(spec.volumes ?? []), ...(patch.volumes ?? [])];
  const template = { ...plain.spec.template, spec: { ...spec, initContainers: [merged], volumes } };
  return { ...plain, spec: { ...plain.spec, template } };
}

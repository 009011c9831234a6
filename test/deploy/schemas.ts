// What a manifest of deploy/ may say, kind by kind: as much of each kind as ours use, and nothing else, so that a typo is found.
// In our own words, after Kubernetes 1.32, KServe 0.16 (config/crd) and Prometheus Operator 0.79; test/full/deploy-schemas.ts asks
// the published ones.
import { Ajv, type ValidateFunction } from 'ajv';
import type { Json } from './manifests.ts';

type Schema = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const flag = { type: 'boolean' };
const port = { type: 'integer', minimum: 1, maximum: 65_535 };
const name = { type: 'string', pattern: '^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$' };
const quantity = { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?(m|[kMGT]i?)?$' };
const duration = { type: 'string', pattern: '^([0-9]+(ms|s|m|h))+$' };
const words = { type: 'object', additionalProperties: text };
const list = (items: Schema): Schema => ({ type: 'array', items, minItems: 1 });
/** Members whose names end in `!` must be there; others than these must not. */
function object(members: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(members);
  return {
    type: 'object',
    additionalProperties: false,
    required: names.filter((member) => member.endsWith('!')).map((member) => member.slice(0, -1)),
    properties: Object.fromEntries(names.map((member) => [member.replace('!', ''), members[member]])),
  };
}

const metadata = object({ 'name!': name, namespace: name, labels: words, annotations: words });
const selector = object({
  matchLabels: words,
  matchExpressions: list(object({ 'key!': text, 'operator!': { enum: ['Exists', 'In'] }, values: list(text) })),
});

const probe = object({
  httpGet: object({ 'path!': { type: 'string', pattern: '^/' }, 'port!': port }),
  periodSeconds: count,
  timeoutSeconds: count,
  failureThreshold: count,
});
const security = object({
  runAsNonRoot: flag,
  runAsUser: count,
  runAsGroup: count,
  readOnlyRootFilesystem: flag,
  allowPrivilegeEscalation: flag,
  capabilities: object({ 'drop!': list(text) }),
  seccompProfile: object({ 'type!': { enum: ['RuntimeDefault'] } }),
});
const amounts = { type: 'object', additionalProperties: quantity };
const container = {
  'name!': name,
  'image!': { type: 'string', pattern: ':[\\w.-]+$' },
  command: list(text),
  args: list(text),
  env: list(object({ 'name!': text, value: text, valueFrom: { type: 'object' } })),
  envFrom: list(object({ secretRef: object({ 'name!': name, optional: flag }) })),
  ports: list(
    object({ 'name!': { type: 'string', maxLength: 15 }, 'containerPort!': port, protocol: { const: 'TCP' } }),
  ),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: object({ preStop: object({ 'exec!': object({ 'command!': list(text) }) }) }),
  'resources!': object({ 'requests!': amounts, 'limits!': amounts }),
  'securityContext!': security,
  volumeMounts: list(object({ 'name!': name, 'mountPath!': text, readOnly: flag })),
};
const pod = object({
  automountServiceAccountToken: flag,
  enableServiceLinks: flag,
  terminationGracePeriodSeconds: count,
  securityContext: security,
  initContainers: list(object({ ...container, restartPolicy: { const: 'Always' } })),
  'containers!': list(object(container)),
  volumes: list(
    object({
      'name!': name,
      emptyDir: object({ sizeLimit: quantity, medium: { const: 'Memory' } }),
      configMap: object({ 'name!': name }),
    }),
  ),
});
const rollingUpdate = object({ maxSurge: count, maxUnavailable: count });
const deployment = object({
  replicas: count,
  'selector!': selector,
  strategy: object({ 'type!': { const: 'RollingUpdate' }, rollingUpdate }),
  'template!': object({ 'metadata!': object({ 'labels!': words }), 'spec!': pod }),
});
const service = object({
  'selector!': words,
  'ports!': list(object({ 'name!': text, 'port!': port, 'targetPort!': port, protocol: { const: 'TCP' } })),
});

const podMonitor = object({
  namespaceSelector: object({ any: flag }),
  'selector!': selector,
  'podMetricsEndpoints!': list(
    object({
      'port!': text,
      path: text,
      interval: duration,
      scrapeTimeout: duration,
      relabelings: list(object({ sourceLabels: list(text), regex: text, 'targetLabel!': text, 'replacement!': text })),
    }),
  ),
});
const rule = object({
  'alert!': text,
  'expr!': text,
  for: duration,
  keep_firing_for: duration,
  'labels!': words,
  'annotations!': words,
});
const prometheusRule = object({ 'groups!': list(object({ 'name!': text, interval: duration, 'rules!': list(rule) })) });

const inferenceService = object({
  'predictor!': object({
    batcher: object({ maxBatchSize: count, maxLatency: count, timeout: count }),
    logger: object({ mode: { enum: ['all', 'request', 'response'] }, url: text }),
    serviceAccountName: name,
    'model!': object({
      'modelFormat!': object({ 'name!': text }),
      runtime: name,
      protocolVersion: { enum: ['v1', 'v2', 'grpc-v2'] },
      storageUri: text,
      resources: object({ 'requests!': amounts, 'limits!': amounts }),
    }),
  }),
});
const trainedModel = object({
  'inferenceService!': name,
  'model!': object({ 'framework!': text, 'storageUri!': text, 'memory!': quantity }),
});
const uriFormat = object({ prefix: { type: 'string', pattern: '://$' }, regex: { type: 'string', format: 'regex' } });
const storageContainer = object({
  workloadType: { const: 'initContainer' },
  supportsMultiModelDownload: flag,
  'supportedUriFormats!': list(uriFormat),
  'container!': object(container),
});

const patches = list(object({ 'path!': text }));
const kinds: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  'apps/v1 Deployment': { 'metadata!': metadata, 'spec!': deployment },
  'v1 Service': { 'metadata!': metadata, 'spec!': service },
  'v1 ConfigMap': { 'metadata!': metadata, 'data!': words },
  'kustomize.config.k8s.io/v1beta1 Kustomization': { 'resources!': list(text), patches },
  'kustomize.config.k8s.io/v1alpha1 Component': { 'patches!': patches },
  'monitoring.coreos.com/v1 PodMonitor': { 'metadata!': metadata, 'spec!': podMonitor },
  'monitoring.coreos.com/v1 PrometheusRule': { 'metadata!': metadata, 'spec!': prometheusRule },
  'serving.kserve.io/v1beta1 InferenceService': { 'metadata!': metadata, 'spec!': inferenceService },
  'serving.kserve.io/v1alpha1 TrainedModel': { 'metadata!': metadata, 'spec!': trainedModel },
  'serving.kserve.io/v1alpha1 ClusterStorageContainer': { 'metadata!': metadata, 'spec!': storageContainer },
};

const ajv = new Ajv({ allErrors: true, formats: { regex: (pattern: string) => RegExp(pattern) !== null } });
const validators = new Map<string, ValidateFunction>(
  Object.entries(kinds).map(([kind, members]) => [
    kind,
    ajv.compile(object({ 'apiVersion!': text, 'kind!': text, ...members })),
  ]),
);

/** What is wrong with it, one line each; empty: nothing. */
export function faultsOf(document: Json): readonly string[] {
  const kind = `${document.apiVersion} ${document.kind}`;
  const validate = validators.get(kind);
  if (validate === undefined) return [`no schema of ${kind}`];
  validate(document);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

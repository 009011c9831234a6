// What does deploy/compose say: its services, who shares a network with whom, and which ports are listened at there?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const composeFolder = join(import.meta.dirname, '../../../deploy/compose');

export interface Service {
  readonly image: string;
  readonly build?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly network_mode?: string;
  readonly networks?: { readonly default: { readonly aliases: readonly string[] } };
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly restart?: string;
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export function readYaml(file: string): unknown {
  return parse(readFileSync(join(composeFolder, file), 'utf8'), { merge: true });
}

export function readComposeFile(): ComposeFile {
  return readYaml('compose.yaml') as ComposeFile;
}

/** @throws where there is none of that name */
export function serviceOf({ services }: ComposeFile, name: string): Service {
  const service = services[name];
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
}

/** Whose network a service is in: its own, or that of another. */
export function networkOf(file: ComposeFile, name: string): string {
  return /^service:(.+)$/.exec(serviceOf(file, name).network_mode ?? '')?.[1] ?? name;
}

/** What its own flags and variables let a service listen at; --component-port is a port that it calls. */
function portsOf({ command = [], environment = {} }: Service): number[] {
  const flags = command.flatMap((word) => /^--(?!component)[\w.-]*(?:port|address)=:?(\d+)$/.exec(word)?.[1] ?? []);
  return [...flags, environment.GF_SERVER_HTTP_PORT ?? []].flat().map(Number);
}

/** Ports that are listened at in the network of `name`. */
export function portsInNetwork(file: ComposeFile, name: string): number[] {
  const network = networkOf(file, name);
  const members = Object.keys(file.services).filter((service) => networkOf(file, service) === network);
  return members.flatMap((member) => portsOf(serviceOf(file, member)));
}

/** `HOST:PORT` of all that services can reach by name. */
export function reachable(file: ComposeFile): string[] {
  return Object.entries(file.services).flatMap(([name, { networks, network_mode }]) =>
    network_mode === undefined
      ? [name, ...(networks?.default.aliases ?? [])].flatMap((host) =>
          portsInNetwork(file, name).map((port) => `${host}:${port}`),
        )
      : [],
  );
}

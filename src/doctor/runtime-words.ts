// Which protocols does the runtime speak, by what it answered? A pure reading of one introduction.
import type { UpstreamConfig } from '../config/slices.ts';
import { hostAndPort } from '../http/authority.ts';
import { type Finding, note, ok, problem, warning } from './finding.ts';
import type { GrpcAnswer, Introduction, Page } from './runtime-talk.ts';

export type RestProtocol = 'v2' | 'v1' | 'torchserve' | 'ovms' | 'http';

/** Null: no HTTP/1.1 is answered. */
export function restProtocolOf({ pages }: Introduction): RestProtocol | null {
  if (Object.values(pages).every((page) => page instanceof Error)) return null;
  // OVMS and some others answer V1 and V2 alike: V2 says more. A server that says 200 to everything names nothing.
  const named = memberOf(pages['/v2'], 'name') !== undefined;
  if (named || (succeeded(pages['/v2/health/ready']) && !succeeded(pages['/v2']))) return 'v2';
  if (Array.isArray(memberOf(pages['/v1/models'], 'models'))) return 'v1';
  if (memberOf(pages['/ping'], 'status') !== undefined) return 'torchserve';
  return succeeded(pages['/v1/config']) ? 'ovms' : 'http';
}

export interface RuntimeNeeds {
  readonly upstream: UpstreamConfig;
  /** Batching or models.json: they ask over REST. */
  readonly needsRest: boolean;
}

export function judgeRest(introduction: Introduction, { upstream, needsRest }: RuntimeNeeds): readonly Finding[] {
  const place = hostAndPort(upstream.host, upstream.port);
  const { pages, grpcAtRestPort } = introduction;
  switch (restProtocolOf(introduction)) {
    case null: {
      if (!(grpcAtRestPort instanceof Error)) return [grpcOnly(place, needsRest)];
      return [unreachable(place, pages['/v2'] as Error)];
    }
    case 'v2':
      return [
        ok(`${place} speaks V2 over REST: ${serverName(pages['/v2'])}`),
        ...judgeReady(pages['/v2/health/ready']),
      ];
    case 'v1':
      return [ok(`${place} speaks V1: /v1/models has ${countModels(pages['/v1/models'])}`)];
    case 'torchserve':
      return [judgePing(place, memberOf(pages['/ping'], 'status'))];
    case 'ovms':
      return [ok(`${place} speaks the API of OpenVINO Model Server`)];
    case 'http': {
      const remedy = 'right for TF Serving and servers of your own; else: is --component-port the port of the runtime?';
      return [note(`${place} answers HTTP, and neither /v2 nor /v1/models nor /ping`, remedy)];
    }
  }
}

export function judgeGrpc({ grpc }: Introduction, { grpcHost, grpcPort, host, port }: UpstreamConfig): Finding {
  const place = hostAndPort(grpcHost, grpcPort);
  if (grpc instanceof Error) {
    const isSame = grpcHost === host && grpcPort === port;
    if (isSame) return note(`${place} speaks no gRPC`, 'if the runtime has another port for it: --component-grpc-port');
    return problem(`no gRPC at ${place}: ${plain(grpc)}`, "is --component-grpc-port the runtime's gRPC port?");
  }
  return judgeServerLive(place, grpc);
}

function judgeServerLive(place: string, { status, message }: Exclude<GrpcAnswer, Error>): Finding {
  const unimplemented = 12;
  if (status === unimplemented) return note(`${place} speaks gRPC, and not the service of V2`);
  if (status !== 0) return warning(`${place} speaks gRPC, and answered ServerLive with status ${status}`);
  const isLive = message[0] === 0x08 && message[1] === 1; // ServerLiveResponse { bool live = 1 }
  return isLive
    ? ok(`${place} speaks V2 over gRPC: live`)
    : warning(`${place} speaks V2 over gRPC, and says that it is not live`);
}

function grpcOnly(place: string, needsRest: boolean): Finding {
  const text = `${place} speaks gRPC and no HTTP/1.1`;
  const remedy = 'name that port by --component-grpc-port, and the REST port by --component-port';
  return needsRest ? problem(`${text}: batching and models.json need REST`, remedy) : warning(text, remedy);
}

function unreachable(place: string, error: Error): Finding {
  if (/ECONNREFUSED/.test(plain(error))) {
    return problem(`nothing listens at ${place}`, 'start the runtime, or name its port by --component-port');
  }
  if (/Parse Error|HPE_/.test(plain(error))) {
    return problem(`${place} speaks no HTTP`, 'is --component-port the port of the runtime?');
  }
  return problem(plain(error), 'is the runtime well, and is --component-port its port?');
}

function judgeReady(page: Page): readonly Finding[] {
  if (page instanceof Error || page.status === 200) return [];
  return [note(`it says that it is not ready: /v2/health/ready answered ${page.status}`, 'are its models loaded?')];
}

function judgePing(place: string, status: unknown): Finding {
  if (status === 'Healthy') return ok(`${place} speaks the API of TorchServe: healthy`);
  return warning(`${place} speaks the API of TorchServe: ${JSON.stringify(status).slice(0, 60)}`, 'see its log');
}

function serverName(page: Page): string {
  const [name, version] = [memberOf(page, 'name'), memberOf(page, 'version')];
  if (typeof name !== 'string') return 'it does not say its name';
  const extensions = memberOf(page, 'extensions');
  const words = Array.isArray(extensions) ? extensions.filter((one) => typeof one === 'string') : [];
  const more = words.length > 0 ? ` (${words.slice(0, 12).join(', ')})` : '';
  return `${name}${typeof version === 'string' ? ` ${version}` : ''}${more}`.slice(0, 300);
}

function countModels(page: Page): string {
  const { length } = memberOf(page, 'models') as readonly unknown[];
  return `${length} model${length === 1 ? '' : 's'}`;
}

function succeeded(page: Page): page is Exclude<Page, Error> {
  return !(page instanceof Error) && page.status === 200;
}

/** Of a JSON object that was answered with 200 (TorchServe: also 500); undefined: there is none. */
function memberOf(page: Page, name: string): unknown {
  if (page instanceof Error || ![200, 500].includes(page.status)) return undefined;
  try {
    return (JSON.parse(page.text) as Readonly<Record<string, unknown>> | null)?.[name];
  } catch {
    return undefined; // a page for browsers
  }
}

/** What node found out of it, too. */
function plain(error: Error): string {
  const { code } = (error.cause ?? error) as NodeJS.ErrnoException;
  return code === undefined || error.message.includes(code) ? error.message : `${error.message} (${code})`;
}

// Model URIs of Azure Blob Storage: https://<account>.blob... and abfs(s)://<container>@<account>.dfs..., both with or without SAS.
import { type AzureHost, readAzureHost } from '../../azure-host.ts';
import type { ModelUri } from './model-uri.ts';
import { decodeUriPath, readUriPath, uriProblem } from './uri-path.ts';

type AzureUri = Extract<ModelUri, { scheme: 'azure' }>;

/** Learn: "Naming and referencing containers": lower case letters, digits and single dashes; or one of Azure's own. */
const containerName = /^(?:\$root|\$web|\$logs|(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*)$/;

/** abfs(s)://<container>@<account>.dfs.core.windows.net/<path>. @throws OutriggerError MODEL_URI_INVALID */
export function readAbfsUri(text: string): AzureUri {
  const { authority, path, query } = partsOf(text);
  const [, container, hostName = ''] = /^([^@:]+)@([^@:]+)$/.exec(authority) ?? [];
  const host = readAzureHost(hostName);
  if (container === undefined || host === null) {
    throw uriProblem(text, 'expected abfss://<container>@<account>.dfs.core.windows.net/<path>');
  }
  return azureUri(text, { host, container, path: decodeUriPath(text, path), query });
}

/**
 * https://<account>.blob.core.windows.net/<container>/<path>, whose host was found to be of Azure.
 * @throws OutriggerError MODEL_URI_INVALID
 */
export function readBlobUri(text: string, host: AzureHost): AzureUri {
  const { authority, path, query } = partsOf(text);
  if (/[@:]/.test(authority)) throw uriProblem(text, 'a host of Azure takes no user part and no port');
  const decoded = decodeUriPath(text, path);
  const [, container = '', below = ''] = /^\/+([^/]+)(.*)$/s.exec(decoded) ?? [];
  return azureUri(text, { host, container, path: below, query });
}

function partsOf(text: string): { authority: string; path: string; query: string | null } {
  const [, authority = '', path = '', query = null, fragment = null] =
    /^[^:]+:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(text) ?? [];
  if (fragment !== null) throw uriProblem(text, 'it has a fragment; write %23 for a "#" in a name');
  if (text.includes('\\')) throw uriProblem(text, 'it holds a backslash; write "/"');
  return { authority, path, query: query === '' ? null : query };
}

function azureUri(
  text: string,
  parts: { readonly host: AzureHost; readonly container: string; readonly path: string; readonly query: string | null },
): AzureUri {
  const { host, container, path, query } = parts;
  if (!containerName.test(container)) throw uriProblem(text, 'it names no container, or one that Azure cannot have');
  if (query !== null && !/(^|&)sig=[^&]/.test(query)) {
    throw uriProblem(
      text,
      'its query is no SAS, as it has no sig=; in a shell the URI wants single quotes, for its "&"',
    );
  }
  return { scheme: 'azure', ...host, container, path: readUriPath(text, path), sas: query };
}

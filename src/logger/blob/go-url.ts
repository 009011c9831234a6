// How Go's encoding/json writes a net/url.URL: readers of KServe's records expect an object there, not a text.

/** Fields and their order are those of the struct in Go 1.26. */
export interface GoUrl {
  readonly Scheme: string;
  readonly Opaque: string;
  /** `Userinfo` has no field that JSON shows. */
  readonly User: Record<string, never> | null;
  readonly Host: string;
  readonly Path: string;
  readonly Fragment: string;
  readonly RawQuery: string;
  /** "" when `Path` is escaped as Go itself would. */
  readonly RawPath: string;
  readonly RawFragment: string;
  readonly ForceQuery: boolean;
  readonly OmitHost: boolean;
}

/** As url.Parse reads it; what it refuses is a path here, so that no text is lost. */
export function readGoUrl(text: string): GoUrl {
  const [beforeFragment, fragmentText] = cutAt(text, '#');
  const [, scheme = '', afterScheme = beforeFragment] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(beforeFragment) ?? [];
  const [rest, RawQuery] = cutAt(afterScheme, '?');
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  const isOpaque = scheme !== '' && !rest.startsWith('/');
  const [, authority = '', pathText = isOpaque ? '' : rest] = hasAuthority
    ? (/^\/\/([^/]*)(.*)$/s.exec(rest) ?? [])
    : [];
  const path = unescaped(pathText, strangeInPath);
  const fragment = unescaped(fragmentText, strangeInFragment);
  if (path === null || fragment === null) return { ...nowhere, Path: text };
  return {
    Scheme: scheme.toLowerCase(),
    Opaque: isOpaque ? rest : '',
    User: authority.includes('@') ? {} : null,
    Host: authority.slice(authority.lastIndexOf('@') + 1),
    Path: path.plain,
    Fragment: fragment.plain,
    RawQuery,
    RawPath: path.raw,
    RawFragment: fragment.raw,
    ForceQuery: RawQuery === '' && afterScheme.endsWith('?'),
    OmitHost: !hasAuthority && scheme !== '' && rest.startsWith('/'),
  };
}

const nowhere: GoUrl = {
  Scheme: '',
  Opaque: '',
  User: null,
  Host: '',
  Path: '',
  Fragment: '',
  RawQuery: '',
  RawPath: '',
  RawFragment: '',
  ForceQuery: false,
  OmitHost: false,
};

/** What url.URL escapes by itself (shouldEscape in net/url). */
const strangeInPath = /[^\w.~$&+,/:;=@-]/gu;
const strangeInFragment = /[^\w.~$&+,/:;=?@!()*-]/gu;

/** `raw`: the text, unless escaping `plain` leads back to it. Null: its percent signs mean nothing. */
function unescaped(text: string, strange: RegExp): { readonly plain: string; readonly raw: string } | null {
  let plain = text;
  try {
    plain = decodeURIComponent(text);
  } catch {
    return null;
  }
  const again = plain.replace(strange, (character) => percentBytes(character));
  return { plain, raw: again === text ? '' : text };
}

function percentBytes(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

function cutAt(text: string, mark: string): [before: string, after: string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

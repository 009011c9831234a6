// How many bytes is a Kubernetes quantity (`1.5Gi`, `500M`, `129e6`)? Exactly: no arithmetic of floating point on the way.

/** Longer is no number that anybody wrote. */
const maxChars = 64;

/** 2^63-1: what is larger counts as this, as in Kubernetes. */
const mostBytes = 2n ** 63n - 1n;

/** Behind an exponent beyond this is nothing or more than mostBytes, whatever the digits are. */
const farthestExponent = 100;

const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

const binarySuffixes = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * A fraction of a byte is rounded up, as Kubernetes' Value() does; beyond 2^53 it is the nearest number that JavaScript has.
 * Null: no quantity, or one below 0. Grammar: k8s.io/apimachinery/pkg/api/resource.Quantity.
 */
export function readQuantityBytes(text: string): number | null {
  if (text.length > maxChars) return null;
  const parts = /^\s*([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+|[KMGTPE]i|[numkMGTPE]?)\s*$/.exec(text);
  if (parts === null) return null;
  const [, sign, whole = '', fraction = '', suffix = ''] = parts;
  if (whole === '' && fraction === '') return null;
  const bytes = scaled(BigInt(whole + fraction), { fractionDigits: fraction.length, suffix });
  if (sign === '-' && bytes > 0n) return null;
  return Number(bytes < mostBytes ? bytes : mostBytes);
}

function scaled(digits: bigint, { fractionDigits, suffix }: { fractionDigits: number; suffix: string }): bigint {
  const power = binarySuffixes.indexOf(suffix) + 1;
  const exponent = (power > 0 ? 0 : decimalExponent(suffix)) - fractionDigits;
  const number = digits * 1024n ** BigInt(power);
  if (exponent >= 0) return number * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  return (number + divisor - 1n) / divisor;
}

/** `E` alone is exa, `E3` is an exponent. */
function decimalExponent(suffix: string): number {
  const exponent = decimalExponents[suffix] ?? Number(suffix.slice(1));
  return Math.max(-farthestExponent, Math.min(farthestExponent, exponent));
}

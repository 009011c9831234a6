// Hosts that are this machine by their spelling alone.

const wildcards: readonly string[] = ['', '0.0.0.0', '::'];
const loopback: readonly string[] = ['localhost', '127.0.0.1', '::1'];

/** To listen at: every address of the machine. To connect to, it is the machine itself. */
export function isWildcardHost(host: string): boolean {
  return wildcards.includes(host);
}

export function isLoopbackHost(host: string): boolean {
  return loopback.includes(host);
}

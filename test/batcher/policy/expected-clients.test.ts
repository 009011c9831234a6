import { describe, expect, it } from 'vitest';
import { type Client, ExpectedClients } from '../../../src/batcher/policy/expected-clients.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

function visit(clients: ExpectedClients, client: Client, nowMs: number, rows = 1): void {
  clients.arrived(nowMs, client);
  clients.answered(nowMs, client, rows);
}

describe('a client', () => {
  it('is expected back with the chance of any other at first', () => {
    const clients = new ExpectedClients();
    visit(clients, clients.open(), 0, 4);
    expect(clients.expectedRows).toBe(2);
    expect(clients.probability).toBe(0.5);
  });

  it('that always comes back is nearly certain, and says how long it took', () => {
    const clients = new ExpectedClients();
    const client = clients.open();
    visit(clients, client, 0);
    for (let i = 1; i < 20; i++) {
      expect(clients.arrived(i, client)).toBe(1);
      expect(clients.expectedRows).toBe(0);
      clients.answered(i, client, 1);
    }
    expect(clients.expectedRows).toBeGreaterThan(0.99);
  });

  it('that stays away is nobody after three answers', () => {
    const clients = new ExpectedClients();
    const client = clients.open();
    for (let i = 0; i < 4; i++) {
      visit(clients, client, i * 100);
      clients.expire(i * 100 + 9, 10);
      expect(clients.expectedRows).toBeGreaterThan(0);
      clients.expire(i * 100 + 10, 10);
      expect(clients.expectedRows).toBe(0);
    }
    visit(clients, client, 1000);
    expect(clients.expectedRows).toBeLessThan(0.05);
  });

  it('that closed is not expected, whether it was answered before or after', () => {
    const clients = new ExpectedClients();
    const [before, after] = [clients.open(), clients.open()];
    visit(clients, before, 0);
    clients.close(before);
    clients.arrived(0, after);
    clients.close(after);
    clients.answered(1, after, 1);
    expect(clients.expectedRows).toBe(0);
    expect(clients.probability).toBe(0);
  });

  it('is counted from its first request until it leaves', () => {
    const clients = new ExpectedClients();
    const [one, other] = [clients.open(), clients.open()];
    expect(clients.count).toBe(2);
    clients.close(one);
    expect(clients.count).toBe(1);
    clients.close(other);
    expect(clients.count).toBe(0);
  });

  it('new to a crowd that never comes back is not expected', () => {
    const clients = new ExpectedClients();
    for (let i = 0; i < 300; i++) {
      visit(clients, clients.open(), i * 100);
      clients.expire(i * 100 + 50, 10);
    }
    visit(clients, clients.open(), 1e6);
    expect(clients.expectedRows).toBeLessThan(0.01);
  });

  it('that always comes back is not hidden by a crowd that does not', () => {
    const clients = new ExpectedClients();
    const sure = clients.open();
    const others = Array.from({ length: 10 }, () => clients.open());
    for (let round = 0; round < 10; round++) {
      for (const client of [sure, ...others]) visit(clients, client, round * 100);
      if (round === 9) break;
      clients.arrived(round * 100 + 1, sure);
      clients.expire(round * 100 + 20, 10);
    }
    expect(clients.expectedRows).toBeGreaterThan(0.9);
    expect(clients.probability).toBeGreaterThan(0.9);
  });
});

describe('what is owed', () => {
  it('is never negative, is 0 when nobody owes, and keeps no more than who is awaited', () => {
    const random = seededRandom(seed);
    const clients = new ExpectedClients();
    const open = Array.from({ length: 50 }, () => clients.open());
    let longest = 0;
    for (let nowMs = 0; nowMs < 100_000; nowMs += random()) {
      const at = Math.floor(random() * open.length);
      const client = open[at] as Client;
      visit(clients, client, nowMs, 1 + Math.floor(random() * 9));
      if (random() < 0.1) {
        clients.close(client);
        open[at] = clients.open();
      }
      if (random() < 0.3) clients.expire(nowMs, 10 * random());
      longest = Math.max(longest, clients.size);
      if (!(clients.expectedRows >= 0 && clients.probability >= 0 && clients.probability <= 1 + 1e-9)) expect.fail();
    }
    clients.expire(1e9, 1);
    expect(clients.expectedRows).toBe(0);
    expect(clients.probability).toBe(0);
    expect(longest).toBeLessThan(2000);
    expect(clients.size).toBeLessThan(2000);
  });
});

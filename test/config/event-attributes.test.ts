import { describe, expect, it } from 'vitest';
import { eventAttributes } from '../../src/config/event-attributes.ts';

describe('attributes of the operator', () => {
  it.each<[string, Record<string, string>]>([
    ['team=fraud,region=eu1', { team: 'fraud', region: 'eu1' }],
    ['aaaaaaaaaabbbbbbbbbb=1', { aaaaaaaaaabbbbbbbbbb: '1' }],
    ['"note=a, b",9=', { note: 'a, b', 9: '' }],
    ['flag=🏳️‍🌈 é', { flag: '🏳️‍🌈 é' }],
  ])('%s are taken', (text, attributes) => {
    expect(eventAttributes.read(text)).toEqual(attributes);
  });

  it.each([
    ...['Team=a', 'my-team=a', 'my_team=a', 'tëam=a', '=a', 'team', 'aaaaaaaaaabbbbbbbbbbc=1', 'ok=1,time=a'],
    ...['team=a\nb', 'team=a\u0000', 'team=\u0085', 'team=\ud800', 'team=\uffff'],
  ])('%j are not', (text) => {
    expect(eventAttributes.read(text)).toBeUndefined();
  });

  it.each([
    ...['specversion', 'id', 'type', 'source', 'time', 'subject', 'data', 'datacontenttype', 'dataschema'],
    ...['recordedtime', 'inferenceservicename', 'namespace', 'component', 'endpoint', 'metadata', 'annotations'],
    ...['statuscode', 'modelname', 'path', 'batchid', 'batchsize', 'batchrows', 'truncated', 'datalength'],
    ...[
      'incomplete',
      'redacted',
      'grpcstatus',
      'grpcencoding',
      'exchangeid',
      'contentencoding',
      'inferenceheadercontentlength',
    ],
    ...['knativeerrordest', 'knativeerrorcode', 'knativeerrordata'],
  ])('%s is no free name, events have it', (name) => {
    expect(eventAttributes.read(`${name}=a`)).toBeUndefined();
  });
});

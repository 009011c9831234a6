// What a reader of this room says instead of a request: why its rows cannot be told apart and joined to others.

export type Unmergeable =
  | 'header_length'
  | 'raw_binary'
  | 'malformed'
  | 'unknown_key'
  | 'duplicate_key'
  | 'columnar'
  | 'shape'
  | 'unequal_rows'
  | 'data_size'
  | 'datatype'
  | 'shared_memory'
  | 'sequence'
  | 'runtime_parameter';

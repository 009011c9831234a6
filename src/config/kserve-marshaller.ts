// The marshaller that KServe's injector names to every agent.

/** That agent needs one beside it; here it means that objects are made by ourselves. */
export const kserveMarshallerUrl = 'http://localhost:9083/marshal';

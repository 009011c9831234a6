// The messages of gRPC that inference servers speak, as proto text: the Open Inference Protocol with Triton's extensions
// (grpc_service.proto), and gRPC's health check. Fields of a oneof stand alone here: on the wire that is the same.

/** Flat: no message inside another, and names of two services at once. */
export const inferenceProto = `
syntax = "proto3";

message Empty {}
message Live { bool live = 1; }
message Ready { bool ready = 1; }
message Named { string name = 1; string version = 2; }
message ServerMetadata { string name = 1; string version = 2; repeated string extensions = 3; }
message TensorMetadata { string name = 1; string datatype = 2; repeated int64 shape = 3; }
message ModelMetadata {
  string name = 1; repeated string versions = 2; string platform = 3;
  repeated TensorMetadata inputs = 4; repeated TensorMetadata outputs = 5;
}

message InferParameter {
  bool bool_param = 1; int64 int64_param = 2; string string_param = 3; double double_param = 4; uint64 uint64_param = 5;
}
message InferTensorContents {
  repeated bool bool_contents = 1; repeated int32 int_contents = 2; repeated int64 int64_contents = 3;
  repeated uint32 uint_contents = 4; repeated uint64 uint64_contents = 5;
  repeated float fp32_contents = 6; repeated double fp64_contents = 7; repeated bytes bytes_contents = 8;
}
message InferTensor {
  string name = 1; string datatype = 2; repeated int64 shape = 3;
  map<string, InferParameter> parameters = 4; InferTensorContents contents = 5;
}
message InferRequestedOutputTensor { string name = 1; map<string, InferParameter> parameters = 2; }
message ModelInferRequest {
  string model_name = 1; string model_version = 2; string id = 3; map<string, InferParameter> parameters = 4;
  repeated InferTensor inputs = 5; repeated InferRequestedOutputTensor outputs = 6; repeated bytes raw_input_contents = 7;
}
message ModelInferResponse {
  string model_name = 1; string model_version = 2; string id = 3; map<string, InferParameter> parameters = 4;
  repeated InferTensor outputs = 5; repeated bytes raw_output_contents = 6;
}
message ModelStreamInferResponse { string error_message = 1; ModelInferResponse infer_response = 2; }

message StatisticDuration { uint64 count = 1; uint64 ns = 2; }
message InferStatistics {
  StatisticDuration success = 1; StatisticDuration fail = 2; StatisticDuration queue = 3;
  StatisticDuration compute_input = 4; StatisticDuration compute_infer = 5; StatisticDuration compute_output = 6;
  StatisticDuration cache_hit = 7; StatisticDuration cache_miss = 8;
}
message InferBatchStatistics {
  uint64 batch_size = 1; StatisticDuration compute_input = 2; StatisticDuration compute_infer = 3;
  StatisticDuration compute_output = 4;
}
message InferResponseStatistics {
  StatisticDuration compute_infer = 1; StatisticDuration compute_output = 2; StatisticDuration success = 3;
  StatisticDuration fail = 4; StatisticDuration empty_response = 5; StatisticDuration cancel = 6;
}
message MemoryUsage { string type = 1; int64 id = 2; uint64 byte_size = 3; }
message ModelStatistics {
  string name = 1; string version = 2; uint64 last_inference = 3; uint64 inference_count = 4; uint64 execution_count = 5;
  InferStatistics inference_stats = 6; repeated InferBatchStatistics batch_stats = 7; repeated MemoryUsage memory_usage = 8;
  map<string, InferResponseStatistics> response_stats = 9;
}
message ModelStatisticsResponse { repeated ModelStatistics model_stats = 1; }

message ModelRepositoryParameter { bool bool_param = 1; int64 int64_param = 2; string string_param = 3; bytes bytes_param = 4; }
message RepositoryIndexRequest { string repository_name = 1; bool ready = 2; }
message ModelIndex { string name = 1; string version = 2; string state = 3; string reason = 4; }
message RepositoryIndexResponse { repeated ModelIndex models = 1; }
message RepositoryModelRequest {
  string repository_name = 1; string model_name = 2; map<string, ModelRepositoryParameter> parameters = 3;
}

message ModelTensor { string name = 1; int32 data_type = 2; repeated int64 dims = 3; }
message ModelInput { string name = 1; int32 data_type = 2; int32 format = 3; repeated int64 dims = 4; bool optional = 8; }
message ModelDynamicBatching {
  repeated int32 preferred_batch_size = 1; uint64 max_queue_delay_microseconds = 2; bool preserve_ordering = 3;
  uint64 priority_levels = 4; uint64 default_priority_level = 5;
}
message ModelTransactionPolicy { bool decoupled = 1; }
message ModelConfig {
  string name = 1; string platform = 2; int32 max_batch_size = 4; repeated ModelInput input = 5; repeated ModelTensor output = 6;
  ModelDynamicBatching dynamic_batching = 11; string backend = 17; ModelTransactionPolicy model_transaction_policy = 19;
}
message ModelConfigResponse { ModelConfig config = 1; }

message HealthCheckRequest { string service = 1; }
message HealthCheckResponse { int32 status = 1; }

service GRPCInferenceService {
  rpc ServerLive(Empty) returns (Live);
  rpc ServerReady(Empty) returns (Ready);
  rpc ModelReady(Named) returns (Ready);
  rpc ServerMetadata(Empty) returns (ServerMetadata);
  rpc ModelMetadata(Named) returns (ModelMetadata);
  rpc ModelInfer(ModelInferRequest) returns (ModelInferResponse);
  rpc ModelStreamInfer(stream ModelInferRequest) returns (stream ModelStreamInferResponse);
  rpc ModelConfig(Named) returns (ModelConfigResponse);
  rpc ModelStatistics(Named) returns (ModelStatisticsResponse);
  rpc RepositoryIndex(RepositoryIndexRequest) returns (RepositoryIndexResponse);
  rpc RepositoryModelLoad(RepositoryModelRequest) returns (Empty);
  rpc RepositoryModelUnload(RepositoryModelRequest) returns (Empty);
}

service Health {
  rpc Check(HealthCheckRequest) returns (HealthCheckResponse);
  rpc Watch(HealthCheckRequest) returns (stream HealthCheckResponse);
}
`;

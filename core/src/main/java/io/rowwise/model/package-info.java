/**
 * Models that travel: a trained classifier's parameters on the host, saved to and loaded from
 * safetensors, and exported to ONNX. Nothing here owns native memory.
 */
package io.rowwise.model;

package io.rowwise.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a ModelProto says about its only graph. The numbers of the fields are those of {@link Onnx}.
 *
 * @param inputs the names of what the graph takes, without the constants
 * @param constants by name
 * @param metadata texts by name
 */
record OnnxFile(
    List<OnnxNode> nodes,
    List<String> inputs,
    List<String> outputs,
    Map<String, OnnxTensor> constants,
    Map<String, String> metadata) {
  static OnnxFile of(byte[] bytes) throws ModelFormatException {
    ProtobufReader model = new ProtobufReader(bytes);
    ProtobufReader graph = null;
    Map<String, String> metadata = new LinkedHashMap<>();
    while (model.next()) {
      switch (model.field()) {
        case 7 -> graph = model.message();
        case 14 -> {
          addEntry(model.message(), metadata);
          OnnxNode.requireFew(metadata.size(), "metadata");
        }
        default -> {}
      }
    }
    if (graph == null) {
      throw new ModelFormatException("has no graph: it is not an ONNX file, or is cut off");
    }
    return of(graph, metadata);
  }

  private static void addEntry(ProtobufReader entry, Map<String, String> metadata)
      throws ModelFormatException {
    String key = "";
    String value = "";
    while (entry.next()) {
      switch (entry.field()) {
        case 1 -> key = entry.text();
        case 2 -> value = entry.text();
        default -> {}
      }
    }
    metadata.put(key, value);
  }

  private static OnnxFile of(ProtobufReader graph, Map<String, String> metadata)
      throws ModelFormatException {
    List<OnnxNode> nodes = new ArrayList<>();
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    Map<String, OnnxTensor> constants = new LinkedHashMap<>();
    while (graph.next()) {
      switch (graph.field()) {
        case 1 -> nodes.add(OnnxNode.of(graph.message()));
        case 5 -> {
          OnnxTensor constant = OnnxTensor.of(graph.message());
          constants.put(constant.name(), constant);
        }
        case 11 -> inputs.add(nameOf(graph.message()));
        case 12 -> outputs.add(nameOf(graph.message()));
        default -> {}
      }
      OnnxNode.requireFew(nodes.size(), "nodes");
      OnnxNode.requireFew(constants.size() + inputs.size() + outputs.size(), "values");
    }
    // Old files name the constants among the inputs, too.
    inputs.removeAll(constants.keySet());
    return new OnnxFile(nodes, inputs, outputs, constants, metadata);
  }

  /** Of a ValueInfoProto. */
  private static String nameOf(ProtobufReader value) throws ModelFormatException {
    String name = "";
    while (value.next()) {
      if (value.field() == 1) {
        name = value.text();
      }
    }
    return name;
  }
}

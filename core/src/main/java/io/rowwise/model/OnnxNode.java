package io.rowwise.model;

import io.rowwise.file.Quoted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * A NodeProto: an operator, by its domain and name, what it takes and what it gives.
 *
 * @param attributes each an AttributeProto, by its name
 */
record OnnxNode(
    String name,
    String operator,
    List<String> inputs,
    List<String> outputs,
    Map<String, ProtobufReader> attributes) {
  /** More than any model that is one layer has, and few enough to keep. */
  private static final int MOST = 10_000;

  static OnnxNode of(ProtobufReader fields) throws ModelFormatException {
    String name = "";
    String operator = "";
    String domain = "";
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    Map<String, ProtobufReader> attributes = new LinkedHashMap<>();
    while (fields.next()) {
      switch (fields.field()) {
        case 1 -> inputs.add(fields.text());
        case 2 -> outputs.add(fields.text());
        case 3 -> name = fields.text();
        case 4 -> operator = fields.text();
        case 5 -> attributes.put(nameOf(fields.message()), fields.message());
        case 7 -> domain = fields.text();
        default -> {}
      }
      requireFew(inputs.size() + outputs.size() + attributes.size(), "inputs of a node");
    }
    boolean isStandard = domain.isEmpty() || domain.equals("ai.onnx");
    return new OnnxNode(
        name, isStandard ? operator : domain + "." + operator, inputs, outputs, attributes);
  }

  static void requireFew(int count, String what) throws ModelFormatException {
    if (count > MOST) {
      throw new ModelFormatException(
          "more than " + MOST + " " + what + ", wanted a model of one linear layer");
    }
  }

  private static String nameOf(ProtobufReader attribute) throws ModelFormatException {
    String name = "";
    while (attribute.next()) {
      if (attribute.field() == 1) {
        name = attribute.text();
      }
    }
    return name;
  }

  /** Reads one kind of value of an attribute. */
  private interface Value {
    void take(ProtobufReader field) throws ModelFormatException;
  }

  private void read(String attribute, int field, Value value) throws ModelFormatException {
    ProtobufReader fields = attributes.get(attribute);
    if (fields == null) {
      return;
    }
    ProtobufReader again = fields.again();
    while (again.next()) {
      if (again.field() == field) {
        value.take(again);
      }
    }
  }

  boolean has(String attribute) {
    return attributes.containsKey(attribute);
  }

  long integer(String attribute, long otherwise) throws ModelFormatException {
    long[] found = {otherwise};
    read(attribute, 3, field -> found[0] = field.number());
    return found[0];
  }

  double number(String attribute, double otherwise) throws ModelFormatException {
    double[] found = {otherwise};
    read(attribute, 2, field -> found[0] = field.float32());
    return found[0];
  }

  String text(String attribute, String otherwise) throws ModelFormatException {
    String[] found = {otherwise};
    read(attribute, 4, field -> found[0] = field.text());
    return found[0];
  }

  double[] numbers(String attribute) throws ModelFormatException {
    DoubleStream.Builder found = DoubleStream.builder();
    read(attribute, 7, field -> field.floats(found));
    return found.build().toArray();
  }

  /** Whole numbers, or texts, as texts. */
  List<String> texts(String attribute) throws ModelFormatException {
    List<String> found = new ArrayList<>();
    read(attribute, 8, field -> field.numbers(number -> found.add(Long.toString(number))));
    read(attribute, 9, field -> found.add(field.text()));
    return found;
  }

  OnnxTensor tensor(String attribute) throws ModelFormatException {
    OnnxTensor[] found = {null};
    read(attribute, 5, field -> found[0] = OnnxTensor.of(field.message()));
    return found[0];
  }

  /** An error of this node. */
  ModelFormatException refused(String why) {
    return new ModelFormatException("node " + this + " " + why);
  }

  /** For messages: {@code 'Gemm' ('/linear/Gemm')}. */
  @Override
  public String toString() {
    String what = operator.isEmpty() ? "a node without operator" : Quoted.of(operator);
    return name.isEmpty() ? what : what + " (" + Quoted.of(name) + ")";
  }
}

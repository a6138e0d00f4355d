package io.rowwise.model;

import io.rowwise.Rowwise;
import io.rowwise.backend.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;

/**
 * A model as <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">ONNX</a>: Gemm and
 * Softmax for the probabilities, ArgMax of the logits for the labels. The numbers of the fields are
 * that file's.
 */
final class Onnx {
  /** Of ONNX 1.8, the first in which Softmax is what it is today. */
  private static final int OPSET = 13;

  /** Of ONNX 1.8. */
  private static final int IR_VERSION = 7;

  /** The value of AttributeProto.AttributeType. */
  private static final int INT_ATTRIBUTE = 2;

  private static final String FEATURES = "features";
  private static final String LOGITS = "logits";
  private static final String PROBABILITIES = "probabilities";
  private static final String LABELS = "labels";
  private static final String WEIGHT = "weight";
  private static final String BIAS = "bias";

  private Onnx() {}

  /** A ModelProto. */
  static ProtobufMessage of(SoftmaxModel model) {
    ProtobufMessage proto =
        new ProtobufMessage()
            .number(1, IR_VERSION)
            .text(2, "Rowwise")
            .text(3, Rowwise.version().orElse(""))
            .message(7, graph(model))
            .message(8, new ProtobufMessage().text(1, "").number(2, OPSET));
    for (Map.Entry<String, String> entry : metadata(model).entrySet()) {
      proto.message(14, new ProtobufMessage().text(1, entry.getKey()).text(2, entry.getValue()));
    }
    if (proto.length() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "exportOnnx: %s takes %d bytes, wanted at most %d, which is all that ONNX allows;"
                  + " save it as safetensors",
              model,
              proto.length(),
              Integer.MAX_VALUE));
    }
    return proto;
  }

  private static Map<String, String> metadata(SoftmaxModel model) {
    try {
      return CardMetadata.of(model.card());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A GraphProto. */
  private static ProtobufMessage graph(SoftmaxModel model) {
    ElementType element = model.type().computedIn();
    int type = element == ElementType.FLOAT32 ? OnnxTensor.FLOAT : OnnxTensor.DOUBLE;
    long classes = model.classes();
    long features = model.features();
    ProtobufMessage weight =
        tensor(WEIGHT, type, classes, features)
            .bytes(
                9,
                classes * features * element.bytes(),
                out -> TensorBytes.writeWeights(out, model, element));
    ProtobufMessage bias =
        tensor(BIAS, type, classes)
            .bytes(9, classes * element.bytes(), out -> TensorBytes.writeBias(out, model, element));
    return new ProtobufMessage()
        .message(1, node("Gemm", LOGITS, FEATURES, WEIGHT, BIAS).message(5, attribute("transB", 1)))
        .message(1, node("Softmax", PROBABILITIES, LOGITS).message(5, attribute("axis", 1)))
        .message(
            1,
            node("ArgMax", LABELS, LOGITS)
                .message(5, attribute("axis", 1))
                .message(5, attribute("keepdims", 0)))
        .text(2, "softmax_classifier")
        .message(5, weight)
        .message(5, bias)
        .message(11, value(FEATURES, type, rows(), columns(features)))
        .message(12, value(LABELS, OnnxTensor.INT64, rows()))
        .message(12, value(PROBABILITIES, type, rows(), columns(classes)));
  }

  /** A NodeProto with one output, after which it is named. */
  private static ProtobufMessage node(String operator, String output, String... inputs) {
    ProtobufMessage node = new ProtobufMessage();
    for (String input : inputs) {
      node.text(1, input);
    }
    return node.text(2, output).text(3, output).text(4, operator);
  }

  /** An AttributeProto. */
  private static ProtobufMessage attribute(String name, long value) {
    return new ProtobufMessage().text(1, name).number(3, value).number(20, INT_ATTRIBUTE);
  }

  /** A TensorProto without its raw data. */
  private static ProtobufMessage tensor(String name, int type, long... shape) {
    ProtobufMessage tensor = new ProtobufMessage();
    for (long size : shape) {
      tensor.number(1, size);
    }
    return tensor.number(2, type).text(8, name);
  }

  /** A ValueInfoProto of a tensor, with the given dimensions. */
  private static ProtobufMessage value(String name, int type, ProtobufMessage... dimensions) {
    ProtobufMessage shape = new ProtobufMessage();
    for (ProtobufMessage dimension : dimensions) {
      shape.message(1, dimension);
    }
    ProtobufMessage tensorType = new ProtobufMessage().number(1, type).message(2, shape);
    return new ProtobufMessage()
        .text(1, name)
        .message(2, new ProtobufMessage().message(1, tensorType));
  }

  /** A Dimension of any size, called N. */
  private static ProtobufMessage rows() {
    return new ProtobufMessage().text(2, "N");
  }

  /** A Dimension of a fixed size. */
  private static ProtobufMessage columns(long size) {
    return new ProtobufMessage().number(1, size);
  }
}

package io.rowwise.model;

import io.rowwise.array.ArrayLength;
import io.rowwise.file.Quoted;
import io.rowwise.model.OnnxValue.Answer;
import io.rowwise.model.OnnxValue.Constant;
import io.rowwise.model.OnnxValue.Logits;
import io.rowwise.model.OnnxValue.Rows;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A softmax classifier from an <a
 * href="https://github.com/onnx/onnx/blob/main/docs/Operators.md">ONNX</a> graph: its nodes are
 * followed in their order, and what is done to rows before the linear layer, or to logits after it,
 * becomes part of the weights and the bias.
 */
final class OnnxImport {
  private static final String TAKEN =
      "a linear layer (Gemm, MatMul and Add, or LinearClassifier), Scaler, Add, Sub, Mul or Div of"
          + " a constant, Flatten, Cast, Softmax, LogSoftmax, ArgMax, and what leaves their answers"
          + " as they are";

  private final OnnxFile file;
  private final Map<String, OnnxValue> values = new HashMap<>();

  /** Of which the softmax was taken. */
  private Logits ofSoftmax;

  private Logits ofArgMax;
  private List<String> classNames = List.of();

  private OnnxImport(OnnxFile file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @throws ModelFormatException if it is no such model; the message names the file
   */
  static SoftmaxModel read(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      if (Files.isDirectory(path)) {
        throw new ModelFormatException("is a folder, wanted an ONNX file");
      }
      return read(in);
    } catch (ModelFormatException e) {
      throw new ModelFormatException(path + ": " + e.getMessage(), e);
    }
  }

  /** Reads a stream to its end, which is where the format says that the model ends. */
  static SoftmaxModel read(InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(ArrayLength.LARGEST);
    if (in.read() >= 0) {
      throw new ModelFormatException("more than 2 GiB, which is all that ONNX allows");
    }
    try {
      return new OnnxImport(OnnxFile.of(bytes)).model();
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(e.getMessage(), e);
    }
  }

  private SoftmaxModel model() throws IOException {
    if (file.inputs().size() != 1) {
      throw new ModelFormatException(
          "the graph takes "
              + (file.inputs().isEmpty() ? "nothing" : Quoted.all(file.inputs()))
              + ", wanted one input, the rows; of a scikit-learn model, convert it with one"
              + " FloatTensorType for all columns");
    }
    file.constants().forEach((name, tensor) -> values.put(name, new Constant(tensor, false)));
    values.put(file.inputs().get(0), Rows.AS_THEY_ARE);
    for (OnnxNode node : file.nodes()) {
      follow(node);
    }
    Logits found = found();
    int classes = found.bias.length;
    ModelCard card = CardMetadata.card(file.metadata(), classes);
    if (card.classNames().isEmpty() && classNames.size() == classes) {
      card = card.classNames(classNames);
    }
    return SoftmaxModel.owning(
        found.type, found.features, classes, found.weights, found.bias, card);
  }

  private Logits found() throws ModelFormatException {
    Logits found = ofSoftmax == null ? ofArgMax : ofSoftmax;
    for (String output : file.outputs()) {
      if (found == null && values.get(output) instanceof Logits logits) {
        found = logits;
      }
    }
    if (found == null) {
      throw new ModelFormatException("no linear layer leads to an output, wanted " + TAKEN);
    }
    if (ofSoftmax == null && found.mayBeOther) {
      throw new ModelFormatException(
          "its LinearClassifier gives scores and no probabilities (post_transform is NONE,"
              + " multi_class is not 1), which need not be logits; convert the model with"
              + " probabilities, not with raw_scores");
    }
    return found;
  }

  private void follow(OnnxNode node) throws ModelFormatException {
    OnnxValue result =
        switch (node.operator()) {
          case "Constant" -> constant(node);
          case "Transpose" -> transpose(node);
          case "Identity", "Dropout" -> value(node, 0);
          case "Cast" -> cast(node);
          case "Flatten" -> flatten(node);
          case "Reshape", "Squeeze", "ai.onnx.ml.ZipMap", "ai.onnx.ml.Normalizer" -> answer(node);
          case "ai.onnx.ml.Scaler" -> scaler(node);
          case "Add", "Sub", "Mul", "Div" -> arithmetic(node);
          case "Gemm" -> gemm(node);
          case "MatMul" -> layer(node, weights(node, 1, false));
          case "Softmax", "LogSoftmax" -> softmax(node);
          case "ArgMax" -> argMax(node);
          case "ai.onnx.ml.ArrayFeatureExtractor" -> named(node);
          case "ai.onnx.ml.LinearClassifier" -> linearClassifier(node);
          default -> throw node.refused("is not taken, wanted " + TAKEN);
        };
    for (String output : node.outputs()) {
      values.put(output, result);
    }
    if (node.operator().equals("ai.onnx.ml.LinearClassifier") && !node.outputs().isEmpty()) {
      values.put(node.outputs().get(0), new Answer());
    }
  }

  private OnnxValue value(OnnxNode node, int input) throws ModelFormatException {
    if (input >= node.inputs().size()) {
      throw node.refused("takes " + node.inputs().size() + " values, wanted more");
    }
    String name = node.inputs().get(input);
    OnnxValue value = values.get(name);
    if (value == null) {
      throw node.refused("takes " + Quoted.of(name) + ", which nothing before it gives");
    }
    return value;
  }

  private static OnnxValue constant(OnnxNode node) throws ModelFormatException {
    OnnxTensor tensor = node.tensor("value");
    if (tensor == null) {
      throw node.refused("has no tensor, wanted its numbers in the attribute 'value'");
    }
    return new Constant(tensor, false);
  }

  private OnnxValue transpose(OnnxNode node) throws ModelFormatException {
    // Of two dimensions there is one other order, and the attribute may say the order that is.
    if (!(value(node, 0) instanceof Constant constant)
        || constant.tensor().shape().size() != 2
        || (node.has("perm") && !node.texts("perm").equals(List.of("1", "0")))) {
      throw node.refused("changes the order of dimensions, wanted that of constant weights only");
    }
    return new Constant(constant.tensor(), !constant.isTransposed());
  }

  private OnnxValue cast(OnnxNode node) throws ModelFormatException {
    OnnxValue value = value(node, 0);
    long type = node.integer("to", 0);
    if (!(value instanceof Answer) && type != OnnxTensor.FLOAT && type != OnnxTensor.DOUBLE) {
      throw node.refused("casts to the type " + type + ", wanted 1 (float) or 11 (double)");
    }
    return value;
  }

  private OnnxValue flatten(OnnxNode node) throws ModelFormatException {
    OnnxValue value = value(node, 0);
    boolean isMovedColumns = value instanceof Rows rows && !rows.isEvenly();
    if (node.integer("axis", 1) != 1 || value instanceof Constant || isMovedColumns) {
      throw node.refused("wanted the axis 1, and of the rows as they come or of answers only");
    }
    return value;
  }

  /** What leaves labels and probabilities as they are. */
  private OnnxValue answer(OnnxNode node) throws ModelFormatException {
    boolean isOtherNorm =
        node.operator().endsWith("Normalizer") && !node.text("norm", "MAX").equals("L1");
    if (!(value(node, 0) instanceof Answer) || isOtherNorm) {
      throw node.refused(
          "is taken after the probabilities only, and a Normalizer only with the norm L1");
    }
    return new Answer();
  }

  private OnnxValue scaler(OnnxNode node) throws ModelFormatException {
    double[] scale = orElse(node.numbers("scale"), 1);
    double[] minusOffset = negative(orElse(node.numbers("offset"), 0));
    OnnxValue shifted = then(node, value(node, 0), new double[] {1}, minusOffset);
    return then(node, shifted, scale, new double[] {0});
  }

  private static double[] orElse(double[] numbers, double otherwise) {
    return numbers.length == 0 ? new double[] {otherwise} : numbers;
  }

  private static double[] negative(double[] numbers) {
    return Arrays.stream(numbers).map(number -> -number).toArray();
  }

  private OnnxValue arithmetic(OnnxNode node) throws ModelFormatException {
    OnnxValue first = value(node, 0);
    OnnxValue second = value(node, 1);
    double[] one = {1};
    double[] zero = {0};
    if (second instanceof Constant constant) {
      double[] numbers = row(node, constant);
      return switch (node.operator()) {
        case "Add" -> then(node, first, one, numbers);
        case "Sub" -> then(node, first, one, negative(numbers));
        case "Mul" -> then(node, first, numbers, zero);
        default -> then(node, first, Arrays.stream(numbers).map(n -> 1 / n).toArray(), zero);
      };
    }
    if (first instanceof Constant constant && !node.operator().equals("Div")) {
      double[] numbers = row(node, constant);
      return switch (node.operator()) {
        case "Add" -> then(node, second, one, numbers);
        case "Sub" -> then(node, second, new double[] {-1}, numbers);
        default -> then(node, second, numbers, zero);
      };
    }
    throw node.refused("has no constant to " + node.operator() + ", wanted one");
  }

  /** The numbers for the columns: one for each, or one for all. */
  private static double[] row(OnnxNode node, Constant constant) throws ModelFormatException {
    OnnxTensor tensor = constant.tensor();
    double[] numbers = tensor.numbers();
    if (!tensor.isOneRow() || tensor.shape().size() > 2 || numbers.length == 0) {
      throw node.refused(
          "has a constant of the shape "
              + tensor.shape()
              + ", wanted one number for each column, or one for all");
    }
    return numbers;
  }

  private static OnnxValue then(OnnxNode node, OnnxValue value, double[] by, double[] plus)
      throws ModelFormatException {
    int numbers = Math.max(by.length, plus.length);
    if (value instanceof Rows rows) {
      requireColumns(node, rows.columns(), numbers);
      return rows.then(by, plus);
    }
    if (value instanceof Logits logits && numbers <= logits.bias.length) {
      requireColumns(node, logits.bias.length, numbers);
      return logits.then(by, plus);
    }
    throw node.refused("is taken of the rows or the logits, with as many numbers as columns");
  }

  private static void requireColumns(OnnxNode node, int columns, int numbers)
      throws ModelFormatException {
    if (columns != 1 && numbers != 1 && columns != numbers) {
      throw node.refused("has " + numbers + " numbers for " + columns + " columns");
    }
  }

  /** The weights of a layer, and no bias. */
  private Logits weights(OnnxNode node, int input, boolean isTransposed)
      throws ModelFormatException {
    if (!(value(node, input) instanceof Constant constant)) {
      throw node.refused("has no constant weights, wanted a matrix of numbers");
    }
    OnnxTensor tensor = constant.tensor();
    double[] numbers = tensor.numbers();
    if (tensor.shape().size() != 2 || numbers.length == 0) {
      throw node.refused("has weights of the shape " + tensor.shape() + ", wanted a matrix");
    }
    int rows = (int) (long) tensor.shape().get(0);
    int columns = (int) (long) tensor.shape().get(1);
    boolean isClassMajor = isTransposed != constant.isTransposed();
    return new Logits(
        isClassMajor ? columns : rows,
        isClassMajor ? OnnxTensor.transposed(numbers, rows, columns) : numbers,
        new double[isClassMajor ? rows : columns],
        tensor.elementType());
  }

  private OnnxValue gemm(OnnxNode node) throws ModelFormatException {
    if (node.integer("transA", 0) != 0) {
      throw node.refused("takes the rows transposed (transA), wanted them as they are");
    }
    Logits layer = weights(node, 1, node.integer("transB", 0) != 0);
    double alpha = node.number("alpha", 1);
    double beta = node.number("beta", 1);
    double[] bias = {0};
    if (node.inputs().size() > 2 && !node.inputs().get(2).isEmpty()) {
      if (!(value(node, 2) instanceof Constant constant)) {
        throw node.refused("has no constant bias, wanted a number for each class");
      }
      bias = Arrays.stream(row(node, constant)).map(number -> beta * number).toArray();
    }
    Logits scaled = alpha == 1 ? layer : layer.then(new double[] {alpha}, new double[] {0});
    OnnxValue whole = then(node, beta == 1 ? scaled : scaled.wide(), new double[] {1}, bias);
    return layer(node, (Logits) whole);
  }

  /** A layer of the rows as they come to the node. */
  private Logits layer(OnnxNode node, Logits layer) throws ModelFormatException {
    OnnxValue input = value(node, 0);
    if (input instanceof Logits) {
      throw node.refused("is a second linear layer, wanted one");
    }
    if (!(input instanceof Rows rows)) {
      throw node.refused("does not take the rows, wanted a layer of them");
    }
    if (rows.columns() != 1 && rows.columns() != layer.features) {
      throw node.refused(
          String.format(
              Locale.ROOT,
              "has %d features, but what comes before it %d",
              layer.features,
              rows.columns()));
    }
    return rows.logits(layer);
  }

  private OnnxValue softmax(OnnxNode node) throws ModelFormatException {
    long axis = node.integer("axis", -1);
    if (!(value(node, 0) instanceof Logits logits) || (axis != 1 && axis != -1)) {
      throw node.refused("is taken once, of the logits, and over the axis 1");
    }
    if (ofSoftmax != null && ofSoftmax != logits) {
      throw node.refused("takes other logits than a softmax before it");
    }
    ofSoftmax = logits;
    return new Answer();
  }

  private OnnxValue argMax(OnnxNode node) throws ModelFormatException {
    OnnxValue value = value(node, 0);
    long axis = node.integer("axis", 0);
    if (axis != 1 && axis != -1) {
      throw node.refused("goes over the axis " + axis + ", wanted 1");
    }
    if (value instanceof Logits logits) {
      ofArgMax = logits;
    } else if (!(value instanceof Answer)) {
      throw node.refused("is taken of the logits or the probabilities");
    }
    return new Answer();
  }

  /** The names of the classes, of which a label is the place. */
  private OnnxValue named(OnnxNode node) throws ModelFormatException {
    if (!(value(node, 0) instanceof Constant names) || !(value(node, 1) instanceof Answer)) {
      throw node.refused("is taken only to name the labels");
    }
    classNames = names.tensor().names();
    return new Answer();
  }

  private OnnxValue linearClassifier(OnnxNode node) throws ModelFormatException {
    OnnxLinearClassifier classifier = OnnxLinearClassifier.of(node);
    classNames = classifier.classNames();
    Logits logits = layer(node, classifier.logits());
    if (!classifier.givesProbabilities()) {
      return logits;
    }
    ofSoftmax = logits;
    return new Answer();
  }
}

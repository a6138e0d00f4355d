package io.rowwise.model;

import io.rowwise.Rowwise;
import io.rowwise.array.Doubles;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.file.AtomicFile;
import io.rowwise.metric.Report;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;

/**
 * A trained softmax classifier on the host: its parameters, its type, and a card that says what its
 * classes are called and what made it.
 *
 * <p><b>Saved</b> as safetensors, with the tensors {@code weight}, classes x features, and {@code
 * bias}, classes: what a linear layer of PyTorch calls them and how it lays them out, so that
 * {@code layer.load_state_dict(safetensors.torch.load_file(path))} takes them as they are. The card
 * is text in the file's metadata.
 *
 * <p><b>Exported</b> as ONNX, which has the whole prediction in it and runs elsewhere without
 * Rowwise; and imported from what PyTorch, scikit-learn's converter or Rowwise wrote.
 *
 * <p><b>A file</b> appears under its name when it is complete and on the disk: it is written beside
 * the one that was there, which stays if anything fails, and then put in its place. It keeps the
 * permissions of that one, and its owner and group where the system allows it; access control lists
 * (but on Windows), extended attributes and further hard links are not kept. A symbolic link stays,
 * and what it leads to is replaced, or made. Several processes may save the same file at once; what
 * one that was killed left beside it, {@code .rowwise-...tmp}, is removed when the file is saved
 * again. Interrupting the thread changes nothing.
 *
 * <p><b>Written in place</b>, so that a failure may leave a part, is only what cannot be replaced:
 * devices ({@code /dev/null}, {@code /dev/stdout}), a file that is mounted by itself, as containers
 * do with {@code -v model.safetensors:/model.safetensors}, and one in a folder that may not be
 * written while the file may. A folder, a FIFO and a socket are refused.
 *
 * <p>Immutable, for use by any number of threads; owns no native memory. The parameters are kept as
 * {@code double}, whatever the type: reading a file of float32 takes at most twice its size, one of
 * float16 four times, and a stream its size more.
 */
public final class SoftmaxModel {
  private final ElementType type;
  private final int features;
  private final int classes;
  private final double[] weights;
  private final double[] bias;
  private final ModelCard card;

  private SoftmaxModel(
      ElementType type,
      int features,
      int classes,
      double[] weights,
      double[] bias,
      ModelCard card) {
    this.type = type;
    this.features = features;
    this.classes = classes;
    this.weights = weights;
    this.bias = bias;
    this.card = card;
  }

  /**
   * The parameters of a classifier, with a card that says what it was trained on and by which
   * version, and no more.
   *
   * @param classifier stays the caller's, who may close it
   * @throws IllegalArgumentException if a parameter is not finite
   */
  public static SoftmaxModel of(SoftmaxClassifier classifier) {
    return of(classifier, ModelCard.empty());
  }

  /**
   * The parameters of a classifier.
   *
   * @param classifier stays the caller's, who may close it
   * @param card device and version are added if it has none
   * @throws IllegalArgumentException if a parameter is not finite, or there are names for more or
   *     fewer classes
   */
  public static SoftmaxModel of(SoftmaxClassifier classifier, ModelCard card) {
    ModelCard full = card;
    if (full.device().isEmpty()) {
      full = full.device(classifier.backend().device().id());
    }
    if (full.version().isEmpty() && Rowwise.version().isPresent()) {
      full = full.version(Rowwise.version().get());
    }
    return owning(
        classifier.type(),
        classifier.features(),
        classifier.classes(),
        classifier.weights().toDoubles(),
        classifier.bias().toDoubles(),
        full);
  }

  /**
   * A model of the given parameters.
   *
   * @param type what the parameters are rounded to
   * @param features at least 1
   * @param classes at least 1
   * @param weights features x classes, row-major; copied
   * @param bias one value for each class; copied
   * @param card what its classes are called, and what made it
   * @throws IllegalArgumentException if there are more or fewer values, one is not finite, or there
   *     are names for more or fewer classes
   */
  public static SoftmaxModel of(
      ElementType type,
      int features,
      int classes,
      double[] weights,
      double[] bias,
      ModelCard card) {
    return owning(type, features, classes, weights.clone(), bias.clone(), card);
  }

  /**
   * A model of the given parameters.
   *
   * @param type what the parameters are kept as; of {@code FLOAT64}, exactly these
   * @param features at least 1
   * @param classes at least 1
   * @param weights features x classes, row-major; copied
   * @param bias one value for each class; copied
   * @param card what its classes are called, and what made it
   * @throws IllegalArgumentException if there are more or fewer values, one is not finite, or there
   *     are names for more or fewer classes
   */
  public static SoftmaxModel of(
      ElementType type, int features, int classes, float[] weights, float[] bias, ModelCard card) {
    return owning(type, features, classes, Doubles.of(weights), Doubles.of(bias), card);
  }

  /**
   * The same with another card. The parameters are shared, for nobody changes them.
   *
   * @throws IllegalArgumentException if there are names for more or fewer classes, or an encoding
   *     of more or fewer features
   */
  public SoftmaxModel card(ModelCard newCard) {
    requireFits(newCard, features, classes);
    return new SoftmaxModel(type, features, classes, weights, bias, newCard);
  }

  /**
   * The same with its parameters rounded to another type, such as {@code BFLOAT16}: what a file of
   * it has half the bytes of, and what a {@link io.rowwise.predictor.Predictor} takes rows in. A
   * model of 16 bits predicts; it is not trained further.
   *
   * @throws IllegalArgumentException if a parameter is not finite in that type
   */
  public SoftmaxModel type(ElementType newType) {
    return owning(newType, features, classes, weights.clone(), bias.clone(), card);
  }

  /** Checks and rounds the arrays, and keeps them. */
  static SoftmaxModel owning(
      ElementType type,
      int features,
      int classes,
      double[] weights,
      double[] bias,
      ModelCard card) {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(card, "card");
    if (features < 1 || classes < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "model: %d features and %d classes, wanted at least 1 each",
              features,
              classes));
    }
    settle("weights", weights, (long) features * classes, type);
    settle("bias", bias, classes, type);
    requireFits(card, features, classes);
    return new SoftmaxModel(type, features, classes, weights, bias, card);
  }

  private static void requireFits(ModelCard card, int features, int classes) {
    if (!card.classNames().isEmpty() && card.classNames().size() != classes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "model: there are %d class names, the model has %d classes",
              card.classNames().size(),
              classes));
    }
    if (card.encoding().isPresent() && card.encoding().get().features() != features) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "model: its card's columns make %d features, the model has %d",
              card.encoding().get().features(),
              features));
    }
  }

  private static void settle(String name, double[] values, long wanted, ElementType type) {
    if (values.length != wanted) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "model: %s has %d values, wanted %d", name, values.length, wanted));
    }
    for (int i = 0; i < values.length; i++) {
      double value = type.rounded(values[i]);
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "model: %s[%d] is %s, wanted a finite %s; if the training diverged, use a smaller"
                    + " learning rate",
                name,
                i,
                values[i],
                type));
      }
      values[i] = value;
    }
  }

  /**
   * Loads a model from a safetensors file that holds one linear layer: what {@link #save(Path)}
   * wrote, or what PyTorch did, where the names may have a prefix such as {@code linear.weight}. A
   * layer without bias gets one of zeros. Tensors besides the layer are passed over, such as those
   * of a normalisation; a second {@code ....weight} of two dimensions is not, as it may be the
   * layer that is meant.
   *
   * <p>Numbers may be F32, F64, F16 or BF16; the last two make a model of float32, which holds them
   * exactly. {@code load(path).type(BFLOAT16)} is of the type of the file.
   *
   * @param path a file; or a FIFO or device, which is read as far as the model goes
   * @throws ModelFormatException if the file has no such layer of finite numbers; the message names
   *     the file and, if there are several layers, all of them
   * @throws IOException if the file cannot be read
   */
  public static SoftmaxModel load(Path path) throws IOException {
    return Safetensors.read(path, LinearLayer::only);
  }

  /**
   * Loads one of the linear layers of a safetensors file, whatever else is in it.
   *
   * @param layer what is before {@code .weight} and {@code .bias}; empty if nothing is
   * @throws ModelFormatException if the file has no such layer of finite numbers
   * @throws IOException if the file cannot be read
   */
  public static SoftmaxModel load(Path path, String layer) throws IOException {
    Objects.requireNonNull(layer, "layer");
    return Safetensors.read(path, header -> LinearLayer.named(header, layer));
  }

  /**
   * As {@link #load(Path)}, from a stream: an entry of an archive, an object of a store, a resource
   * of the class path. What the stream claims to hold is not believed: memory is taken as its bytes
   * arrive.
   *
   * @param in stays the caller's, who closes it; read as far as the model goes and no further
   * @throws ModelFormatException if it holds no such model, or ends too early
   * @throws IOException if the stream cannot be read
   */
  public static SoftmaxModel load(InputStream in) throws IOException {
    Objects.requireNonNull(in, "in");
    return Safetensors.read(in, LinearLayer::only);
  }

  /**
   * As {@link #load(Path, String)}, from a stream as {@link #load(InputStream)} reads it.
   *
   * @param in stays the caller's, who closes it
   * @param layer what is before {@code .weight} and {@code .bias}; empty if nothing is
   * @throws ModelFormatException if the stream has no such layer, or ends too early
   * @throws IOException if the stream cannot be read
   */
  public static SoftmaxModel load(InputStream in, String layer) throws IOException {
    Objects.requireNonNull(in, "in");
    Objects.requireNonNull(layer, "layer");
    return Safetensors.read(in, header -> LinearLayer.named(header, layer));
  }

  /**
   * Imports a model from an ONNX file that holds a softmax classifier: what {@link
   * #exportOnnx(Path)} wrote, with its card; what PyTorch exports of a linear layer, with or
   * without softmax; or what skl2onnx makes of scikit-learn's {@code LogisticRegression}, whose
   * class labels become the card's class names.
   *
   * <p>The graph may have one linear layer: {@code Gemm}, {@code MatMul} and {@code Add}, or {@code
   * LinearClassifier} with {@code SOFTMAX}, of two classes {@code LOGISTIC}, or {@code NONE} if a
   * softmax follows or the node says that it is multinomial. A {@code Scaler}, and {@code Add},
   * {@code Sub}, {@code Mul} and {@code Div} of constants, before or after it, become part of the
   * weights and the bias; the model is then of float64, else of the type of the weights (float32
   * for float16 and bfloat16). What is no such graph is refused by the name of the node. A file has
   * no columns' names, so the card has no encoding, unless the file is an export of this class.
   *
   * @param path a file, or what else can be read to its end; a file of float32 takes four times its
   *     size of memory meanwhile
   * @throws ModelFormatException if the file is damaged, has its numbers in other files, or is not
   *     such a model; the message names the file, and the node or the byte
   * @throws IOException if the file cannot be read
   */
  public static SoftmaxModel importOnnx(Path path) throws IOException {
    return OnnxImport.read(path);
  }

  /**
   * Imports a model from a stream, as {@link #importOnnx(Path)} does from a file.
   *
   * @param in stays the caller's, who closes it; read to its end
   * @throws ModelFormatException if it is damaged or not such a model
   * @throws IOException if the stream cannot be read
   */
  public static SoftmaxModel importOnnx(InputStream in) throws IOException {
    return OnnxImport.read(in);
  }

  /**
   * Saves it as safetensors, over what was there: at once or not at all, but for what can only be
   * {@linkplain SoftmaxModel written in place}.
   *
   * @throws IllegalArgumentException if the class names and the rest of the card take more than the
   *     100 MB that the format allows
   * @throws IOException if the file cannot be written; the message names the path. Then what was
   *     there is as it was
   */
  public void save(Path path) throws IOException {
    AtomicFile.write(path, this::writeTo);
  }

  /**
   * Saves it as safetensors to a stream.
   *
   * @param out stays the caller's, who closes it; flushed at the end
   * @throws IllegalArgumentException if the class names and the rest of the card take more than the
   *     100 MB that the format allows; then nothing was written
   * @throws IOException if the stream cannot be written
   */
  public void save(OutputStream out) throws IOException {
    writeTo(out);
    out.flush();
  }

  private void writeTo(OutputStream out) throws IOException {
    Safetensors.write(out, this);
  }

  /**
   * Exports it as ONNX of opset 13 and IR version 7, over what was there, as {@link #save(Path)}
   * does.
   *
   * <p>Input: {@code features}, N x features, of the model's type, float32 where that has 16 bits.
   * Outputs: {@code labels}, N numbers of int64, the index of the most probable class, the first of
   * equals; and {@code probabilities}, N x classes, of the same type. The card is in the file's
   * metadata properties, the class names as a JSON array under {@code rowwise.class_names}.
   *
   * @throws IllegalArgumentException if it takes more than the 2 GiB that an ONNX file may
   * @throws IOException if the file cannot be written; the message names the path. Then what was
   *     there is as it was
   */
  public void exportOnnx(Path path) throws IOException {
    ProtobufMessage onnx = Onnx.of(this);
    AtomicFile.write(path, onnx::writeTo);
  }

  /**
   * Exports it as ONNX to a stream, as {@link #exportOnnx(Path)} does to a file.
   *
   * @param out stays the caller's, who closes it; flushed at the end
   * @throws IllegalArgumentException if it takes more than the 2 GiB that an ONNX file may; then
   *     nothing was written
   * @throws IOException if the stream cannot be written
   */
  public void exportOnnx(OutputStream out) throws IOException {
    // In pieces of a few bytes, for which the stream need not be made.
    OutputStream buffered = new BufferedOutputStream(out);
    Onnx.of(this).writeTo(buffered);
    buffered.flush();
  }

  /**
   * A classifier with these parameters, of this type.
   *
   * @param backend stays the caller's
   * @return the caller owns and closes it, before the backend
   */
  public SoftmaxClassifier classifier(Backend backend) {
    return new SoftmaxClassifier(backend, type, features, classes, weights, bias);
  }

  /**
   * How good this model is on labelled rows, whose columns are matched by name.
   *
   * @param backend stays the caller's
   * @throws IllegalArgumentException if the card has no encoding, a column is missing, a label is
   *     none of the classes, and the like
   */
  public Report report(Backend backend, LabelledTable table) {
    try (TableClassifier tables = TableClassifier.of(backend, this)) {
      return tables.report(table);
    }
  }

  /** The type of the parameters. */
  public ElementType type() {
    return type;
  }

  /** How many numbers a row of x has. */
  public int features() {
    return features;
  }

  /** How many classes there are. */
  public int classes() {
    return classes;
  }

  /** The weights, features x classes, row-major; a copy. */
  public double[] weights() {
    return weights.clone();
  }

  /** The bias, a number for each class; a copy. */
  public double[] bias() {
    return bias.clone();
  }

  /** What its classes are called, and what made it. */
  public ModelCard card() {
    return card;
  }

  /** Type and size, for logs: {@code SoftmaxModel[float32, 5 features, 3 classes]}. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "SoftmaxModel[%s, %d features, %d classes]", type, features, classes);
  }

  double[] weightsUncopied() {
    return weights;
  }

  double[] biasUncopied() {
    return bias;
  }
}

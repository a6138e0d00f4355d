package io.rowwise.model;

import io.rowwise.Rowwise;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.classifier.SoftmaxClassifier;
import java.io.IOException;
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
 * Rowwise.
 *
 * <p>A file appears under its name when it is complete and on the disk: it is written beside the
 * one that was there, which stays if anything fails.
 *
 * <p>Immutable, for use by any number of threads; owns no native memory. The parameters are kept as
 * {@code double}, whatever the type: reading a file takes at most twice its size.
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
    if (!card.classNames().isEmpty() && card.classNames().size() != classes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "model: there are %d class names, the model has %d classes",
              card.classNames().size(),
              classes));
    }
    return new SoftmaxModel(type, features, classes, weights, bias, card);
  }

  private static void settle(String name, double[] values, long wanted, ElementType type) {
    if (values.length != wanted) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "model: %s has %d values, wanted %d", name, values.length, wanted));
    }
    for (int i = 0; i < values.length; i++) {
      double value = type == ElementType.FLOAT32 ? (float) values[i] : values[i];
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
   * Loads a model from a safetensors file that holds one linear layer and nothing else: what {@link
   * #save} wrote, or what PyTorch did, where the names may have a prefix such as {@code
   * linear.weight}. A layer without bias gets one of zeros.
   *
   * @throws ModelFormatException if the file is not such a layer of F32 or F64 and finite numbers;
   *     the message names the file and, if there are several layers, all tensors
   * @throws IOException if the file cannot be read
   */
  public static SoftmaxModel load(Path path) throws IOException {
    return Safetensors.read(path);
  }

  /**
   * Loads one of the linear layers of a safetensors file.
   *
   * @param layer what is before {@code .weight} and {@code .bias}; empty if nothing is
   * @throws ModelFormatException if the file has no such layer of F32 or F64 and finite numbers
   * @throws IOException if the file cannot be read
   */
  public static SoftmaxModel load(Path path, String layer) throws IOException {
    return Safetensors.read(path, layer);
  }

  /**
   * Saves it as safetensors, over what was there. A symbolic link is replaced, not followed.
   *
   * @throws IllegalArgumentException if the class names and the rest of the card take more than 4
   *     MiB
   * @throws IOException if the file cannot be written; then what was there is as it was
   */
  public void save(Path path) throws IOException {
    AtomicFile.write(path, out -> Safetensors.write(out, this));
  }

  /**
   * Exports it as ONNX of opset 13 and IR version 7, over what was there.
   *
   * <p>Input: {@code features}, N x features, of the model's type. Outputs: {@code labels}, N
   * numbers of int64, the index of the most probable class, the first of equals; and {@code
   * probabilities}, N x classes, of the model's type. The card is in the file's metadata
   * properties, the class names as a JSON array under {@code rowwise.class_names}.
   *
   * @throws IllegalArgumentException if it takes more than the 2 GiB that an ONNX file may
   * @throws IOException if the file cannot be written; then what was there is as it was
   */
  public void exportOnnx(Path path) throws IOException {
    ProtobufMessage onnx = Onnx.of(this);
    AtomicFile.write(path, onnx::writeTo);
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

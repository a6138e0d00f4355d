package io.rowwise.model;

import io.rowwise.backend.ElementType;
import io.rowwise.file.Quoted;
import io.rowwise.model.SafetensorsHeader.Tensor;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The tensors of a file that are one linear layer.
 *
 * @param weight classes x features, in that order
 * @param bias a number for each class, if the layer has one
 * @param type of the model that it makes
 */
record LinearLayer(
    Tensor weight, Optional<Tensor> bias, ElementType type, int classes, int features) {
  /** Which of a file's layers is meant. */
  interface Choice {
    LinearLayer of(SafetensorsHeader header) throws ModelFormatException;
  }

  private static final String WEIGHT = "weight";
  private static final String BIAS = "bias";

  /**
   * The only one of the file, which may hold tensors that are none.
   *
   * @throws ModelFormatException if there are several or none; the message names them
   */
  static LinearLayer only(SafetensorsHeader header) throws ModelFormatException {
    Collection<Tensor> tensors = header.tensors.values();
    List<Tensor> weights = tensors.stream().filter(tensor -> isCalled(WEIGHT, tensor)).toList();
    // Those of a normalisation, for one, have a single dimension.
    List<Tensor> matrices = weights.stream().filter(weight -> weight.shape().size() == 2).toList();
    List<Tensor> candidates = matrices.isEmpty() ? weights : matrices;
    if (candidates.size() != 1) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%d tensors called 'weight' or '....weight', wanted one; %s",
              candidates.size(),
              candidates.isEmpty()
                  ? choice("the file has", tensors)
                  : choice("they are", candidates)));
    }
    LinearLayer layer = of(candidates.get(0), header);
    if (layer.bias.isEmpty()) {
      requireNoStrayBias(layer, header);
    }
    return layer;
  }

  /** A bias that belongs to no other weight might be the layer's, which would be another model. */
  private static void requireNoStrayBias(LinearLayer layer, SafetensorsHeader header)
      throws ModelFormatException {
    for (Tensor tensor : header.tensors.values()) {
      if (isCalled(BIAS, tensor)
          && tensor.shape().equals(List.of((long) layer.classes))
          && !header.tensors.containsKey(prefix(tensor, BIAS) + WEIGHT)) {
        throw new ModelFormatException(
            String.format(
                Locale.ROOT,
                "%s may be the bias of %s or no part of the linear layer, wanted %s; if it is"
                    + " none, name the layer: load(..., %s)",
                Quoted.of(tensor.name()),
                Quoted.of(layer.weight.name()),
                Quoted.of(prefix(layer.weight, WEIGHT) + BIAS),
                layerOf(layer.weight)));
      }
    }
  }

  /**
   * The one of this name.
   *
   * @param name what is before {@code .weight}; empty if nothing is
   * @throws ModelFormatException if there is none
   */
  static LinearLayer named(SafetensorsHeader header, String name) throws ModelFormatException {
    String weight = (name.isEmpty() ? "" : name + ".") + WEIGHT;
    Tensor tensor = header.tensors.get(weight);
    if (tensor == null) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "no tensor %s; %s",
              Quoted.of(weight),
              choice("the file has", header.tensors.values())));
    }
    return of(tensor, header);
  }

  private static boolean isCalled(String name, Tensor tensor) {
    return tensor.name().equals(name) || tensor.name().endsWith("." + name);
  }

  /** What is before the name, with its point. */
  private static String prefix(Tensor tensor, String name) {
    return tensor.name().substring(0, tensor.name().length() - name.length());
  }

  /** The name that the layer is asked for by. */
  private static String layerOf(Tensor weight) {
    String prefix = prefix(weight, WEIGHT);
    return Quoted.of(prefix.isEmpty() ? "" : prefix.substring(0, prefix.length() - 1));
  }

  private static String choice(String these, Collection<Tensor> tensors) {
    return String.format(
        Locale.ROOT,
        "%s %s; if one is a linear layer, name it: load(path, \"linear\") takes 'linear.weight'"
            + " and 'linear.bias'",
        tensors.isEmpty() ? "the file has" : these,
        tensors.isEmpty() ? "no tensors" : Quoted.all(tensors.stream().map(Tensor::name).toList()));
  }

  private static LinearLayer of(Tensor weight, SafetensorsHeader header)
      throws ModelFormatException {
    List<Long> shape = weight.shape();
    if (shape.size() != 2 || shape.contains(0L)) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%s has shape %s, wanted [classes, features], at least 1 each",
              Quoted.of(weight.name()),
              shape));
    }
    TensorType type = TensorType.of(weight);
    type.count(weight);
    Tensor bias = header.tensors.get(prefix(weight, WEIGHT) + BIAS);
    if (bias != null) {
      requireBias(bias, weight);
    }
    return new LinearLayer(
        weight,
        Optional.ofNullable(bias),
        type.elementType,
        Math.toIntExact(shape.get(0)),
        Math.toIntExact(shape.get(1)));
  }

  private static void requireBias(Tensor bias, Tensor weight) throws ModelFormatException {
    if (!bias.shape().equals(List.of(weight.shape().get(0)))) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%s has shape %s, wanted [%d], a number for each of the classes of %s %s",
              Quoted.of(bias.name()),
              bias.shape(),
              weight.shape().get(0),
              Quoted.of(weight.name()),
              weight.shape()));
    }
    TensorType type = TensorType.of(bias);
    if (type.elementType != TensorType.of(weight).elementType) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%s is %s, %s is %s, wanted one type for both",
              Quoted.of(bias.name()),
              bias.dtype(),
              Quoted.of(weight.name()),
              weight.dtype()));
    }
    type.count(bias);
  }
}

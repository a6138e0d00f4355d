package io.rowwise.model;

import io.rowwise.backend.ElementType;
import io.rowwise.model.SafetensorsHeader.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Linear layers in safetensors files: eight bytes with the length of the header, the header, the
 * numbers.
 *
 * <p>A file that claims to be large is not believed: the lengths in it are held against the file's
 * size before memory is taken.
 */
final class Safetensors {
  private static final String WEIGHT = "weight";
  private static final String BIAS = "bias";
  private static final int CHUNK_BYTES = 1 << 16;

  /** The most elements that every JVM gives an array. */
  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  private Safetensors() {}

  /**
   * Reads the one linear layer of a file that holds nothing else.
   *
   * @throws ModelFormatException if the file is not such a layer
   */
  static SoftmaxModel read(Path path) throws IOException {
    return read(path, (channel, header, data) -> layer(channel, header, data, only(header)));
  }

  /**
   * Reads one of the linear layers of a file.
   *
   * @param name what is before {@code .weight}
   * @throws ModelFormatException if the file has no such layer
   */
  static SoftmaxModel read(Path path, String name) throws IOException {
    return read(
        path,
        (channel, header, data) -> layer(channel, header, data, name.isEmpty() ? "" : name + "."));
  }

  private interface Reading {
    SoftmaxModel read(FileChannel channel, SafetensorsHeader header, long data) throws IOException;
  }

  private static SoftmaxModel read(Path path, Reading reading) throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      if (!Files.isRegularFile(path)) {
        throw new ModelFormatException("not a regular file, wanted a safetensors file");
      }
      long size = channel.size();
      long headerBytes = headerBytes(channel, size);
      ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
      readFully(channel, header, Long.BYTES);
      long data = Long.BYTES + headerBytes;
      return reading.read(channel, SafetensorsHeader.parse(header.array(), size - data), data);
    } catch (ModelFormatException e) {
      throw new ModelFormatException(path + ": " + e.getMessage(), e);
    }
  }

  private static long headerBytes(FileChannel channel, long size) throws IOException {
    if (size < Long.BYTES) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%d bytes, wanted at least the 8 that every safetensors file starts with",
              size));
    }
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(channel, length, 0);
    long bytes = length.getLong(0);
    if (Long.compareUnsigned(bytes, SafetensorsHeader.LARGEST) > 0) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "a header of %s bytes, wanted at most %d: this is not a safetensors file, or not one"
                  + " of a linear layer",
              Long.toUnsignedString(bytes),
              SafetensorsHeader.LARGEST));
    }
    if (bytes > size - Long.BYTES) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "a header of %d bytes, but only %d follow: the file is cut off; copy it again",
              bytes,
              size - Long.BYTES));
    }
    return bytes;
  }

  /** What is before the only weight's name. */
  private static String only(SafetensorsHeader header) throws ModelFormatException {
    List<String> weights =
        header.tensors.keySet().stream()
            .filter(name -> name.equals(WEIGHT) || name.endsWith("." + WEIGHT))
            .toList();
    if (weights.size() != 1) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%d tensors called 'weight' or '....weight', wanted one; %s",
              weights.size(),
              choice(header)));
    }
    String weight = weights.get(0);
    String prefix = weight.substring(0, weight.length() - WEIGHT.length());
    if (header.tensors.keySet().stream()
        .anyMatch(name -> !name.equals(weight) && !name.equals(prefix + BIAS))) {
      throw new ModelFormatException(
          "tensors that are no part of the linear layer %s; %s"
              .formatted(Quoted.of(weight), choice(header)));
    }
    return prefix;
  }

  private static String choice(SafetensorsHeader header) {
    return "the file has %s; if one is a linear layer, name it: load(path, \"linear\") takes 'linear.weight' and 'linear.bias'"
        .formatted(header.tensors.isEmpty() ? "no tensors" : Quoted.all(header.tensors.keySet()));
  }

  private static SoftmaxModel layer(
      FileChannel channel, SafetensorsHeader header, long data, String prefix) throws IOException {
    Tensor weight = header.tensors.get(prefix + WEIGHT);
    if (weight == null) {
      throw new ModelFormatException(
          "no tensor %s; %s".formatted(Quoted.of(prefix + WEIGHT), choice(header)));
    }
    List<Long> shape = weight.shape();
    if (shape.size() != 2 || shape.contains(0L)) {
      throw new ModelFormatException(
          "%s has shape %s, wanted [classes, features], at least 1 each"
              .formatted(Quoted.of(weight.name()), shape));
    }
    ElementType type = type(weight);
    int count = count(weight, type);
    int classes = Math.toIntExact(shape.get(0));
    int features = Math.toIntExact(shape.get(1));
    Tensor bias = header.tensors.get(prefix + BIAS);
    if (bias != null) {
      if (!bias.shape().equals(List.of((long) classes))) {
        throw new ModelFormatException(
            String.format(
                Locale.ROOT,
                "%s has shape %s, wanted [%d], a number for each of the classes of %s %s",
                Quoted.of(bias.name()),
                bias.shape(),
                classes,
                Quoted.of(weight.name()),
                shape));
      }
      if (type(bias) != type) {
        throw new ModelFormatException(
            "%s is %s, %s is %s, wanted one type for both"
                .formatted(
                    Quoted.of(bias.name()),
                    bias.dtype(),
                    Quoted.of(weight.name()),
                    weight.dtype()));
      }
      count(bias, type);
    }
    ModelCard card = CardMetadata.card(header.metadata, classes);

    double[] weights = new double[count];
    // From PyTorch's classes x features to features x classes.
    read(
        channel,
        weight,
        data,
        type,
        (at, value) -> weights[at % features * classes + at / features] = value);
    double[] biases = new double[classes];
    if (bias != null) {
      read(channel, bias, data, type, (at, value) -> biases[at] = value);
    }
    return SoftmaxModel.owning(type, features, classes, weights, biases, card);
  }

  private static ElementType type(Tensor tensor) throws ModelFormatException {
    return switch (tensor.dtype()) {
      case "F32" -> ElementType.FLOAT32;
      case "F64" -> ElementType.FLOAT64;
      default ->
          throw new ModelFormatException(
              "%s is %s, wanted F32 or F64; in PyTorch, save layer.float() or layer.double()"
                  .formatted(Quoted.of(tensor.name()), Quoted.of(tensor.dtype())));
    };
  }

  private static int count(Tensor tensor, ElementType type) throws ModelFormatException {
    long count = 1;
    for (long size : tensor.shape()) {
      // Neither factor is beyond an int's range before they are multiplied.
      count = size > LARGEST_ARRAY ? LARGEST_ARRAY + 1L : count * size;
      if (count > LARGEST_ARRAY) {
        throw new ModelFormatException(
            String.format(
                Locale.ROOT,
                "%s has shape %s, wanted at most %d numbers",
                Quoted.of(tensor.name()),
                tensor.shape(),
                LARGEST_ARRAY));
      }
    }
    if (count * type.bytes() != tensor.bytes()) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%s has %d bytes, wanted %d for %s of shape %s",
              Quoted.of(tensor.name()),
              tensor.bytes(),
              count * type.bytes(),
              tensor.dtype(),
              tensor.shape()));
    }
    return (int) count;
  }

  private interface NumberAt {
    void put(int at, double value);
  }

  private static void read(
      FileChannel channel, Tensor tensor, long data, ElementType type, NumberAt target)
      throws IOException {
    int at = 0;
    ByteBuffer buffer =
        ByteBuffer.allocate((int) Math.min(tensor.bytes(), CHUNK_BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (long start = tensor.begin(); start < tensor.end(); start += buffer.limit()) {
      buffer.clear().limit((int) Math.min(tensor.end() - start, CHUNK_BYTES));
      readFully(channel, buffer, data + start);
      buffer.flip();
      while (buffer.hasRemaining()) {
        double value =
            switch (type) {
              case FLOAT32 -> buffer.getFloat();
              case FLOAT64 -> buffer.getDouble();
            };
        if (!Double.isFinite(value)) {
          throw new ModelFormatException(
              String.format(
                  Locale.ROOT,
                  "%s: number %d is %s, wanted finite numbers; the training diverged, or the file"
                      + " is damaged",
                  Quoted.of(tensor.name()),
                  at,
                  value));
        }
        target.put(at++, value);
      }
    }
  }

  private static void readFully(FileChannel channel, ByteBuffer buffer, long position)
      throws IOException {
    while (buffer.hasRemaining()) {
      int read = channel.read(buffer, position + buffer.position());
      if (read < 0) {
        throw new ModelFormatException("the file became shorter while it was read");
      }
    }
  }

  /**
   * Writes what {@link #read(Path)} and PyTorch read.
   *
   * @throws IllegalArgumentException if the class names and the rest of the card are too long
   */
  static void write(OutputStream out, SoftmaxModel model) throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    // Says whose layout the tensors have; some loaders ask for it.
    metadata.put("format", "pt");
    metadata.putAll(CardMetadata.of(model.card()));
    String dtype =
        switch (model.type()) {
          case FLOAT32 -> "F32";
          case FLOAT64 -> "F64";
        };
    long classes = model.classes();
    long features = model.features();
    long biasEnd = classes * model.type().bytes();
    long weightEnd = biasEnd + classes * features * model.type().bytes();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put(BIAS, new Tensor(BIAS, dtype, List.of(classes), 0, biasEnd));
    tensors.put(WEIGHT, new Tensor(WEIGHT, dtype, List.of(classes, features), biasEnd, weightEnd));
    byte[] header = new SafetensorsHeader(metadata, tensors).format();
    if (header.length > SafetensorsHeader.LARGEST) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "save: the class names and the rest of the card take %d bytes, wanted at most %d",
              header.length,
              SafetensorsHeader.LARGEST));
    }
    out.write(
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .array());
    out.write(header);
    TensorBytes.writeBias(out, model);
    TensorBytes.writeWeights(out, model);
  }
}

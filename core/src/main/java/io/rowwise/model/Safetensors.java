package io.rowwise.model;

import io.rowwise.model.SafetensorsHeader.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Linear layers in safetensors files: eight bytes with the length of the header, the header, the
 * numbers.
 */
final class Safetensors {
  private static final String WEIGHT = "weight";
  private static final String BIAS = "bias";

  private Safetensors() {}

  /**
   * Reads one linear layer of a file.
   *
   * @throws ModelFormatException if the file has no such layer; the message names the file
   */
  static SoftmaxModel read(Path path, LinearLayer.Choice choice) throws IOException {
    // Not a channel, which would be closed if the thread is interrupted.
    try (InputStream in = Files.newInputStream(path)) {
      if (Files.isDirectory(path)) {
        throw new ModelFormatException("is a folder, wanted a safetensors file");
      }
      long size = Files.isRegularFile(path) ? Files.size(path) : SafetensorsReader.UNKNOWN;
      return new SafetensorsReader(in, size).read(choice);
    } catch (ModelFormatException e) {
      throw new ModelFormatException(path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads one linear layer from a stream, and the stream as far as the last byte of the last
   * tensor.
   *
   * @throws ModelFormatException if the stream has no such layer
   */
  static SoftmaxModel read(InputStream in, LinearLayer.Choice choice) throws IOException {
    return new SafetensorsReader(in, SafetensorsReader.UNKNOWN).read(choice);
  }

  /**
   * Writes what {@link #read} and PyTorch read.
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
          case BFLOAT16 -> "BF16";
          case FLOAT16 -> "F16";
        };
    long classes = model.classes();
    long features = model.features();
    long biasEnd = classes * model.type().bytes();
    long weightEnd = biasEnd + classes * features * model.type().bytes();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put(BIAS, new Tensor(BIAS, dtype, List.of(classes), 0, biasEnd));
    tensors.put(WEIGHT, new Tensor(WEIGHT, dtype, List.of(classes, features), biasEnd, weightEnd));
    requireFits(metadata.values().stream().mapToLong(String::length).sum());
    byte[] header = new SafetensorsHeader(metadata, tensors).format();
    requireFits(header.length);
    out.write(
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .array());
    out.write(header);
    TensorBytes.writeBias(out, model, model.type());
    TensorBytes.writeWeights(out, model, model.type());
  }

  /** Takes the number of characters too, none of which takes less than a byte. */
  private static void requireFits(long bytes) {
    if (bytes > SafetensorsHeader.LARGEST) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "save: the class names and the rest of the card take %d bytes, wanted at most %d",
              bytes,
              SafetensorsHeader.LARGEST));
    }
  }
}

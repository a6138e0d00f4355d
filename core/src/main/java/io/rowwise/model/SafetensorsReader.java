package io.rowwise.model;

import io.rowwise.file.Quoted;
import io.rowwise.model.SafetensorsHeader.Tensor;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Reads one linear layer from the bytes of a safetensors file, front to back and no further than
 * its end.
 *
 * <p>What claims to be large is not believed: memory is taken where the size of the source agrees
 * with it, and otherwise as the bytes arrive.
 */
final class SafetensorsReader {
  /** The size of a source that will be known when it ends. */
  static final long UNKNOWN = -1;

  /** A multiple of the size of each number. */
  private static final int CHUNK_BYTES = 1 << 16;

  private interface NumberAt {
    void put(int at, double value);
  }

  private final InputStream in;
  private final long size;

  /** How many bytes of the data were read. */
  private long position;

  /**
   * @param in stays the caller's
   * @param size how many bytes the source holds, or {@link #UNKNOWN}
   */
  SafetensorsReader(InputStream in, long size) {
    this.in = in;
    this.size = size;
  }

  SoftmaxModel read(LinearLayer.Choice choice) throws IOException {
    byte[] bytes = header();
    long headerBytes = bytes.length;
    SafetensorsHeader header = SafetensorsHeader.parse(bytes);
    long end = header.dataBytes();
    if (size != UNKNOWN && size - Long.BYTES - headerBytes != end) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%d bytes of data, wanted %d: the file is cut off or has been added to; copy it"
                  + " again",
              size - Long.BYTES - headerBytes,
              end));
    }
    LinearLayer layer = choice.of(header);
    ModelCard card = CardMetadata.card(header.metadata, layer.classes());
    double[][] parameters = parameters(layer);
    skipTo(end);
    return SoftmaxModel.owning(
        layer.type(), layer.features(), layer.classes(), parameters[0], parameters[1], card);
  }

  private byte[] header() throws IOException {
    byte[] length = in.readNBytes(Long.BYTES);
    if (length.length < Long.BYTES) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%d bytes, wanted at least the 8 that every safetensors file starts with",
              length.length));
    }
    long bytes = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (Long.compareUnsigned(bytes, SafetensorsHeader.LARGEST) > 0) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "a header of %s bytes, wanted at most %d: this is not a safetensors file",
              Long.toUnsignedString(bytes),
              SafetensorsHeader.LARGEST));
    }
    // Takes memory for what is there, not for what was asked.
    byte[] header = in.readNBytes((int) bytes);
    if (header.length < bytes) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "a header of %d bytes, but only %d follow: the file is cut off; copy it again",
              bytes,
              header.length));
    }
    return header;
  }

  /** The weights, features x classes, and the bias. */
  private double[][] parameters(LinearLayer layer) throws IOException {
    double[][] parameters = new double[2][];
    List<Tensor> inOrder = new ArrayList<>(List.of(layer.weight()));
    layer.bias().ifPresent(inOrder::add);
    inOrder.sort((a, b) -> Long.compare(a.begin(), b.begin()));
    for (Tensor tensor : inOrder) {
      skipTo(tensor.begin());
      InputStream numbers = size == UNKNOWN ? arrived(tensor) : in;
      if (tensor.equals(layer.weight())) {
        parameters[0] = weights(numbers, layer);
      } else {
        double[] bias = new double[layer.classes()];
        read(numbers, tensor, (at, value) -> bias[at] = value);
        parameters[1] = bias;
      }
      position = tensor.end();
    }
    if (parameters[1] == null) {
      parameters[1] = new double[layer.classes()];
    }
    return parameters;
  }

  /** From PyTorch's classes x features to features x classes. */
  private double[] weights(InputStream numbers, LinearLayer layer) throws IOException {
    int features = layer.features();
    int classes = layer.classes();
    double[] weights = new double[features * classes];
    read(
        numbers,
        layer.weight(),
        (at, value) -> weights[at % features * classes + at / features] = value);
    return weights;
  }

  /** The bytes of the tensor, kept until they are all there. */
  private InputStream arrived(Tensor tensor) throws IOException {
    List<InputStream> chunks = new ArrayList<>();
    for (long start = tensor.begin(); start < tensor.end(); start += CHUNK_BYTES) {
      int wanted = (int) Math.min(tensor.end() - start, CHUNK_BYTES);
      byte[] chunk = in.readNBytes(wanted);
      requireAll(chunk.length, wanted, start, tensor);
      chunks.add(new ByteArrayInputStream(chunk));
    }
    return new SequenceInputStream(Collections.enumeration(chunks));
  }

  private static void read(InputStream numbers, Tensor tensor, NumberAt target) throws IOException {
    TensorType type = TensorType.of(tensor);
    byte[] bytes = new byte[(int) Math.min(tensor.bytes(), CHUNK_BYTES)];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    for (long start = tensor.begin(); start < tensor.end(); start += CHUNK_BYTES) {
      int wanted = (int) Math.min(tensor.end() - start, CHUNK_BYTES);
      requireAll(numbers.readNBytes(bytes, 0, wanted), wanted, start, tensor);
      buffer.clear().limit(wanted);
      while (buffer.hasRemaining()) {
        double value = type.next(buffer);
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

  private static void requireAll(int found, int wanted, long start, Tensor tensor)
      throws ModelFormatException {
    if (found < wanted) {
      throw cutOff(
          String.format(
              Locale.ROOT,
              "the data end at byte %d, inside %s, wanted %d",
              start + found,
              Quoted.of(tensor.name()),
              tensor.end()));
    }
  }

  private static ModelFormatException cutOff(String what) {
    return new ModelFormatException(
        what + ": the file is cut off, or became shorter while it was read; copy it again");
  }

  private void skipTo(long wanted) throws IOException {
    if (wanted == position) {
      return;
    }
    try {
      in.skipNBytes(wanted - position - 1);
    } catch (EOFException e) {
      throw endsBefore(wanted, e);
    }
    // A stream of a file skips beyond its end without a word.
    if (in.read() < 0) {
      throw endsBefore(wanted, null);
    }
    position = wanted;
  }

  private static ModelFormatException endsBefore(long wanted, EOFException cause) {
    ModelFormatException cutOff =
        cutOff(String.format(Locale.ROOT, "the data end before byte %d", wanted));
    cutOff.initCause(cause);
    return cutOff;
  }
}

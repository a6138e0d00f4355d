package io.rowwise.model;

import io.rowwise.backend.ElementType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntToDoubleFunction;

/** The numbers of a tensor as safetensors and ONNX have them: little-endian, one after another. */
final class TensorBytes {
  private static final int CHUNK_BYTES = 1 << 16;

  private TensorBytes() {}

  /** The weights as PyTorch has them, classes x features. */
  static void writeWeights(OutputStream out, SoftmaxModel model, ElementType type)
      throws IOException {
    int features = model.features();
    int classes = model.classes();
    double[] weights = model.weightsUncopied();
    write(out, type, weights.length, at -> weights[at % features * classes + at / features]);
  }

  /** The bias, a number for each class. */
  static void writeBias(OutputStream out, SoftmaxModel model, ElementType type) throws IOException {
    double[] bias = model.biasUncopied();
    write(out, type, bias.length, at -> bias[at]);
  }

  private static void write(
      OutputStream out, ElementType type, int count, IntToDoubleFunction number)
      throws IOException {
    int chunk = CHUNK_BYTES / type.bytes();
    byte[] bytes = new byte[Math.min(count, chunk) * type.bytes()];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int start = 0; start < count; start += Math.min(chunk, count - start)) {
      buffer.clear();
      int end = start + Math.min(chunk, count - start);
      for (int i = start; i < end; i++) {
        switch (type) {
          case FLOAT32 -> buffer.putFloat((float) number.applyAsDouble(i));
          case FLOAT64 -> buffer.putDouble(number.applyAsDouble(i));
          case BFLOAT16, FLOAT16 -> buffer.putShort(type.bits(number.applyAsDouble(i)));
        }
      }
      out.write(bytes, 0, buffer.position());
    }
  }
}

package io.rowwise.model;

import io.rowwise.array.ArrayLength;
import io.rowwise.backend.ElementType;
import io.rowwise.file.HalfPrecision;
import io.rowwise.file.Quoted;
import io.rowwise.model.SafetensorsHeader.Tensor;
import java.nio.ByteBuffer;
import java.util.Locale;

/** How the numbers of a tensor are written, and the type of a model that is made of them. */
enum TensorType {
  F16(Short.BYTES, ElementType.FLOAT32) {
    @Override
    double next(ByteBuffer numbers) {
      return HalfPrecision.ofBinary16(numbers.getShort());
    }
  },

  BF16(Short.BYTES, ElementType.FLOAT32) {
    @Override
    double next(ByteBuffer numbers) {
      return HalfPrecision.ofBfloat16(numbers.getShort());
    }
  },

  F32(Float.BYTES, ElementType.FLOAT32) {
    @Override
    double next(ByteBuffer numbers) {
      return numbers.getFloat();
    }
  },

  F64(Double.BYTES, ElementType.FLOAT64) {
    @Override
    double next(ByteBuffer numbers) {
      return numbers.getDouble();
    }
  };

  final int bytes;

  /** What holds each of the numbers exactly. */
  final ElementType elementType;

  TensorType(int bytes, ElementType elementType) {
    this.bytes = bytes;
    this.elementType = elementType;
  }

  /** The number at the buffer's position, which moves behind it. */
  abstract double next(ByteBuffer numbers);

  static TensorType of(Tensor tensor) throws ModelFormatException {
    for (TensorType type : values()) {
      if (type.name().equals(tensor.dtype())) {
        return type;
      }
    }
    throw new ModelFormatException(
        String.format(
            Locale.ROOT,
            "%s is %s, wanted F32, F64, F16 or BF16; in PyTorch, save layer.float() or"
                + " layer.double()",
            Quoted.of(tensor.name()),
            Quoted.of(tensor.dtype())));
  }

  /** How many numbers the tensor has, which is what its bytes and its shape say. */
  int count(Tensor tensor) throws ModelFormatException {
    long count = 1;
    for (long size : tensor.shape()) {
      // Neither factor is beyond an int's range before they are multiplied.
      count = size > ArrayLength.LARGEST ? ArrayLength.LARGEST + 1L : count * size;
      if (count > ArrayLength.LARGEST) {
        throw new ModelFormatException(
            String.format(
                Locale.ROOT,
                "%s has shape %s, wanted at most %d numbers",
                Quoted.of(tensor.name()),
                tensor.shape(),
                ArrayLength.LARGEST));
      }
    }
    if (count * bytes != tensor.bytes()) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%s has %d bytes, wanted %d for %s of shape %s",
              Quoted.of(tensor.name()),
              tensor.bytes(),
              count * bytes,
              tensor.dtype(),
              tensor.shape()));
    }
    return (int) count;
  }
}

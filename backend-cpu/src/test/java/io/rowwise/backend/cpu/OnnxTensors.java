package io.rowwise.backend.cpu;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import io.rowwise.backend.ElementType;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.stream.IntStream;

/** Numbers on their way into ONNX Runtime and out of it. */
final class OnnxTensors {
  private OnnxTensors() {}

  static OnnxTensor of(ElementType type, double[] values, long... shape) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    if (type == ElementType.FLOAT64) {
      return OnnxTensor.createTensor(environment, DoubleBuffer.wrap(values), shape);
    }
    FloatBuffer floats = FloatBuffer.allocate(values.length);
    for (double value : values) {
      floats.put((float) value);
    }
    return OnnxTensor.createTensor(environment, floats.flip(), shape);
  }

  static double[] toDoubles(OnnxTensor tensor) {
    if (tensor.getInfo().type == OnnxJavaType.DOUBLE) {
      return tensor.getDoubleBuffer().array();
    }
    float[] floats = tensor.getFloatBuffer().array();
    return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
  }
}

package io.rowwise.benchmarks.contender;

import java.util.Arrays;

/** Plain loops over {@code float}s. */
final class FloatLoops {
  private FloatLoops() {}

  static float[] toFloats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  static double[] toDoubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  static void softmax(float[] z, int columns, float[] out) {
    for (int start = 0; start < z.length; start += columns) {
      float max = max(z, start, columns);
      float sum = 0;
      for (int j = start; j < start + columns; j++) {
        out[j] = (float) Math.exp(z[j] - max);
        sum += out[j];
      }
      for (int j = start; j < start + columns; j++) {
        out[j] /= sum;
      }
    }
  }

  static void logSoftmax(float[] z, int columns, float[] out) {
    for (int start = 0; start < z.length; start += columns) {
      float logOfSum = logOfSum(z, start, columns);
      for (int j = start; j < start + columns; j++) {
        out[j] = z[j] - logOfSum;
      }
    }
  }

  static float crossEntropy(float[] z, int columns, int[] labels) {
    double sum = 0;
    for (int row = 0; row < labels.length; row++) {
      sum += logOfSum(z, row * columns, columns) - z[row * columns + labels[row]];
    }
    return (float) (sum / labels.length);
  }

  static void gradient(float[] z, int columns, int[] labels, float[] out) {
    softmax(z, columns, out);
    for (int row = 0; row < labels.length; row++) {
      out[row * columns + labels[row]] -= 1;
    }
    for (int i = 0; i < out.length; i++) {
      out[i] /= labels.length;
    }
  }

  private static float max(float[] z, int start, int columns) {
    float max = z[start];
    for (int j = start + 1; j < start + columns; j++) {
      max = Math.max(max, z[j]);
    }
    return max;
  }

  private static float logOfSum(float[] z, int start, int columns) {
    float max = max(z, start, columns);
    float sum = 0;
    for (int j = start; j < start + columns; j++) {
      sum += (float) Math.exp(z[j] - max);
    }
    return max + (float) Math.log(sum);
  }

  /** Mini-batches in order, and a validation after each epoch. */
  static final class Training {
    private final TrainingProblem problem;
    private final float[] weights;
    private final float[] bias;
    private final float[] logits;
    private final float[] x;
    private final float[] validationX;

    /** What the last epoch came to, so that it is computed. */
    double loss;

    double validationLoss;
    double accuracy;

    Training(TrainingProblem problem) {
      this.problem = problem;
      this.weights = toFloats(problem.weights());
      this.bias = toFloats(problem.bias());
      this.x = toFloats(problem.x());
      this.validationX = toFloats(problem.validationX());
      int rows = Math.max(problem.validationRows(), Math.min(problem.batchRows(), problem.rows()));
      this.logits = new float[rows * problem.classes()];
    }

    double[] parameters() {
      return TrainingProblem.joined(toDoubles(weights), toDoubles(bias));
    }

    void run() {
      for (int epoch = 0; epoch < problem.epochs(); epoch++) {
        double sum = 0;
        int batches = 0;
        for (int first = 0; first < problem.rows(); first += problem.batchRows()) {
          sum += step(first, Math.min(problem.batchRows(), problem.rows() - first));
          batches++;
        }
        loss = sum / batches;
        if (problem.validationRows() > 0) {
          validate();
        }
      }
    }

    void predict(float[] out) {
      takeLogits(x, 0, problem.rows(), out);
      softmax(out, problem.classes(), out);
    }

    private void takeLogits(float[] from, int first, int rows, float[] out) {
      int features = problem.features();
      int classes = problem.classes();
      for (int row = 0; row < rows; row++) {
        int at = row * classes;
        System.arraycopy(bias, 0, out, at, classes);
        for (int k = 0; k < features; k++) {
          float value = from[(first + row) * features + k];
          for (int j = 0; j < classes; j++) {
            out[at + j] += value * weights[k * classes + j];
          }
        }
      }
    }

    private double step(int first, int rows) {
      int features = problem.features();
      int classes = problem.classes();
      takeLogits(x, first, rows, logits);
      double sum = 0;
      for (int row = 0; row < rows; row++) {
        int at = row * classes;
        int label = at + problem.labels()[first + row];
        float logOfSum = logOfSum(logits, at, classes);
        sum += logOfSum - logits[label];
        for (int j = at; j < at + classes; j++) {
          logits[j] = (float) Math.exp(logits[j] - logOfSum);
        }
        logits[label] -= 1;
      }
      float rate = (float) problem.learningRate() / rows;
      for (int row = 0; row < rows; row++) {
        int at = row * classes;
        for (int j = 0; j < classes; j++) {
          bias[j] -= rate * logits[at + j];
        }
        for (int k = 0; k < features; k++) {
          float scaled = rate * x[(first + row) * features + k];
          for (int j = 0; j < classes; j++) {
            weights[k * classes + j] -= scaled * logits[at + j];
          }
        }
      }
      return sum / rows;
    }

    private void validate() {
      int classes = problem.classes();
      int rows = problem.validationRows();
      int[] labels = problem.validationLabels();
      takeLogits(validationX, 0, rows, logits);
      int right = 0;
      for (int row = 0; row < rows; row++) {
        int at = row * classes;
        right += logits[at + labels[row]] == max(logits, at, classes) ? 1 : 0;
      }
      accuracy = (double) right / rows;
      validationLoss = crossEntropy(Arrays.copyOf(logits, rows * classes), classes, labels);
    }
  }
}

package io.rowwise.benchmarks.contender;

import java.util.Arrays;

/** Plain loops over {@code double}s. */
final class DoubleLoops {
  private DoubleLoops() {}

  static void softmax(double[] z, int columns, double[] out) {
    for (int start = 0; start < z.length; start += columns) {
      double max = max(z, start, columns);
      double sum = 0;
      for (int j = start; j < start + columns; j++) {
        out[j] = Math.exp(z[j] - max);
        sum += out[j];
      }
      for (int j = start; j < start + columns; j++) {
        out[j] /= sum;
      }
    }
  }

  static void logSoftmax(double[] z, int columns, double[] out) {
    for (int start = 0; start < z.length; start += columns) {
      double logOfSum = logOfSum(z, start, columns);
      for (int j = start; j < start + columns; j++) {
        out[j] = z[j] - logOfSum;
      }
    }
  }

  static double crossEntropy(double[] z, int columns, int[] labels) {
    double sum = 0;
    for (int row = 0; row < labels.length; row++) {
      sum += logOfSum(z, row * columns, columns) - z[row * columns + labels[row]];
    }
    return sum / labels.length;
  }

  static void gradient(double[] z, int columns, int[] labels, double[] out) {
    softmax(z, columns, out);
    for (int row = 0; row < labels.length; row++) {
      out[row * columns + labels[row]] -= 1;
    }
    for (int i = 0; i < out.length; i++) {
      out[i] /= labels.length;
    }
  }

  private static double max(double[] z, int start, int columns) {
    double max = z[start];
    for (int j = start + 1; j < start + columns; j++) {
      max = Math.max(max, z[j]);
    }
    return max;
  }

  private static double logOfSum(double[] z, int start, int columns) {
    double max = max(z, start, columns);
    double sum = 0;
    for (int j = start; j < start + columns; j++) {
      sum += Math.exp(z[j] - max);
    }
    return max + Math.log(sum);
  }

  static double[] function(RowFunction function, RowProblem problem) {
    int columns = problem.columns();
    int k = RowFunction.k(problem);
    double[] x = problem.values();
    double[] mask = RowFunction.mask(problem);
    double[] gain = RowFunction.gain(problem);
    double[] logarithms = new double[problem.rows()];
    double[] out = new double[x.length];
    double[] largest = new double[problem.rows() * k];
    for (int row = 0; row < problem.rows(); row++) {
      int start = row * columns;
      double[] ofRow = Arrays.copyOfRange(x, start, start + columns);
      switch (function) {
        case LOG_SUM_EXP -> logarithms[row] = logOfSum(x, start, columns);
        case MASKED_SOFTMAX -> {
          for (int j = 0; j < columns; j++) {
            boolean isKept = mask[start + j] != 0;
            ofRow[j] = isKept ? ofRow[j] / RowFunction.TEMPERATURE : Double.NEGATIVE_INFINITY;
          }
          softmax(ofRow, columns, ofRow);
          System.arraycopy(ofRow, 0, out, start, columns);
        }
        case RMS_NORM -> {
          double square = Arrays.stream(ofRow).map(value -> value * value).sum() / columns;
          for (int j = 0; j < columns; j++) {
            out[start + j] = ofRow[j] / Math.sqrt(square + RowFunction.EPSILON) * gain[j];
          }
        }
        case TOP_K -> {
          Arrays.sort(ofRow);
          for (int rank = 0; rank < k; rank++) {
            largest[row * k + rank] = ofRow[columns - 1 - rank];
          }
        }
      }
    }
    return switch (function) {
      case LOG_SUM_EXP -> logarithms;
      case MASKED_SOFTMAX, RMS_NORM -> out;
      case TOP_K -> largest;
    };
  }

  static double[] primitive(Primitive primitive, RowProblem problem) {
    int rows = problem.rows();
    int columns = problem.columns();
    double[] a = problem.values();
    double[] b = problem.positive();
    double[] out = new double[rows * columns];
    double[] column = new double[rows];
    double[] row = new double[columns];
    boolean isProduct = primitive.name().startsWith("MATMUL");
    double[] product = isProduct ? new double[rows * rows] : null;
    for (int i = 0; i < rows; i++) {
      int start = i * columns;
      double max = max(a, start, columns);
      for (int j = 0; j < columns; j++) {
        int at = start + j;
        switch (primitive) {
          case MATMUL -> {
            for (int k = 0; k < rows; k++) {
              product[i * rows + k] += a[at] * a[j * rows + k];
            }
          }
          case MATMUL_TRANSPOSED_A -> {
            for (int k = 0; k < rows; k++) {
              product[i * rows + k] += a[j * rows + i] * a[j * rows + k];
            }
          }
          case MATMUL_TRANSPOSED_B -> {
            for (int k = 0; k < rows; k++) {
              product[i * rows + k] += a[at] * a[k * columns + j];
            }
          }
          case ROW_MAX -> column[i] = max;
          case ROW_SUM -> column[i] += a[at];
          case ROW_ARG_MAX -> column[i] = a[at] == max ? j : column[i];
          case COLUMN_SUM -> row[j] += a[at];
          case EXP -> out[at] = Math.exp(a[at]);
          case LOG -> out[at] = Math.log(b[at]);
          case ADD -> out[at] = a[at] + b[at];
          case ADD_ROW -> out[at] = a[at] + b[j];
          case ADD_COLUMN -> out[at] = a[at] + max(b, start, columns);
          case ADD_NUMBER -> out[at] = a[at] + 0.5;
          case SUBTRACT -> out[at] = a[at] - b[at];
          case SUBTRACT_NUMBER -> out[at] = a[at] - 0.5;
          case MULTIPLY -> out[at] = a[at] * b[at];
          case MULTIPLY_NUMBER -> out[at] = a[at] * 0.5;
          case DIVIDE -> out[at] = a[at] / b[at];
          case DIVIDE_NUMBER -> out[at] = a[at] / 0.5;
          case EQUAL -> out[at] = a[at] == b[at] ? 1 : 0;
          case EQUAL_NUMBER -> out[at] = a[at] == 0.5 ? 1 : 0;
          case ADD_SCALED -> out[at] = b[at];
          case FILL -> out[at] = 0.5;
          case COPY -> out[at] = a[at];
        }
      }
    }
    return switch (primitive) {
      case MATMUL, MATMUL_TRANSPOSED_A, MATMUL_TRANSPOSED_B -> product;
      case ROW_MAX, ROW_SUM, ROW_ARG_MAX -> column;
      case COLUMN_SUM -> row;
      default -> out;
    };
  }

  /** Mini-batches in order, and a validation after each epoch. */
  static final class Training {
    private final TrainingProblem problem;
    private final double[] weights;
    private final double[] bias;
    private final double[] logits;

    /** What the last epoch came to, so that it is computed. */
    double loss;

    double validationLoss;
    double accuracy;

    Training(TrainingProblem problem) {
      this.problem = problem;
      this.weights = problem.weights().clone();
      this.bias = problem.bias().clone();
      int rows = Math.max(problem.validationRows(), Math.min(problem.batchRows(), problem.rows()));
      this.logits = new double[rows * problem.classes()];
    }

    double[] parameters() {
      return TrainingProblem.joined(weights, bias);
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

    void predict(double[] out) {
      takeLogits(problem.x(), 0, problem.rows(), out);
      softmax(out, problem.classes(), out);
    }

    private void takeLogits(double[] x, int first, int rows, double[] out) {
      int features = problem.features();
      int classes = problem.classes();
      for (int row = 0; row < rows; row++) {
        int at = row * classes;
        System.arraycopy(bias, 0, out, at, classes);
        for (int k = 0; k < features; k++) {
          double value = x[(first + row) * features + k];
          for (int j = 0; j < classes; j++) {
            out[at + j] += value * weights[k * classes + j];
          }
        }
      }
    }

    private double step(int first, int rows) {
      int features = problem.features();
      int classes = problem.classes();
      takeLogits(problem.x(), first, rows, logits);
      double sum = 0;
      for (int row = 0; row < rows; row++) {
        int at = row * classes;
        int label = at + problem.labels()[first + row];
        double logOfSum = logOfSum(logits, at, classes);
        sum += logOfSum - logits[label];
        for (int j = at; j < at + classes; j++) {
          logits[j] = Math.exp(logits[j] - logOfSum);
        }
        logits[label] -= 1;
      }
      double rate = problem.learningRate() / rows;
      for (int row = 0; row < rows; row++) {
        int at = row * classes;
        for (int j = 0; j < classes; j++) {
          bias[j] -= rate * logits[at + j];
        }
        for (int k = 0; k < features; k++) {
          double scaled = rate * problem.x()[(first + row) * features + k];
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
      takeLogits(problem.validationX(), 0, rows, logits);
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

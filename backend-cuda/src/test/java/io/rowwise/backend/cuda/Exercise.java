package io.rowwise.backend.cuda;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cuda.kernel.Operation;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.LogSumExp;
import io.rowwise.kernel.MaskedSoftmax;
import io.rowwise.kernel.RmsNorm;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.SparseProduct;
import io.rowwise.kernel.SparseRows;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TopK;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Something that a backend is asked for, compared with plain Java.
 *
 * <p>How far results may be off is in units of the type's epsilon. A fused softmax promises 4; two
 * more leave room for the reference. Sums of what is rounded get as much of the sum of its sizes.
 */
// The bodies are functions without state, and the sets are not changed.
@SuppressWarnings("ImmutableEnumChecker")
enum Exercise {
  EXP(Exercise::exp, Operation.EXP),
  LOG(Exercise::log, Operation.LOG),
  COPY(t -> map(t, t.backend::copy, x -> x, 0), Operation.COPY),
  ADD(
      t -> combine(t, t.backend::add, t.backend::add, (a, b) -> a + b),
      Operation.ADD_MATRIX,
      Operation.ADD_NUMBER),
  SUBTRACT(
      t -> combine(t, t.backend::subtract, t.backend::subtract, (a, b) -> a - b),
      Operation.SUBTRACT_MATRIX,
      Operation.SUBTRACT_NUMBER),
  MULTIPLY(
      t -> combine(t, t.backend::multiply, t.backend::multiply, (a, b) -> a * b),
      Operation.MULTIPLY_MATRIX,
      Operation.MULTIPLY_NUMBER),
  DIVIDE(
      t -> combine(t, t.backend::divide, t.backend::divide, (a, b) -> a / b),
      Operation.DIVIDE_MATRIX,
      Operation.DIVIDE_NUMBER),
  EQUAL(
      t -> combine(t, t.backend::equal, t.backend::equal, (a, b) -> a == b ? 1 : 0),
      Operation.EQUAL_MATRIX,
      Operation.EQUAL_NUMBER),
  ADD_SCALED(Exercise::addScaled, Operation.ADD_SCALED),
  FILL(Exercise::fill, Operation.FILL),
  ROW_MAX(Exercise::rowMax, Operation.ROW_MAX),
  ROW_SUM(Exercise::rowSum, Operation.ROW_SUM),
  ROW_ARGMAX(Exercise::rowArgmax, Operation.ROW_ARGMAX),
  COLUMN_SUM(Exercise::columnSum, Operation.COLUMN_SUM),
  SOFTMAX(Exercise::softmax, Operation.SOFTMAX),
  BIAS_SOFTMAX(Exercise::biasSoftmax, Operation.SOFTMAX),
  LOG_SOFTMAX(Exercise::logSoftmax, Operation.LOG_SOFTMAX),
  MASKED_SOFTMAX(Exercise::maskedSoftmax, Operation.MASKED_SOFTMAX),
  LOG_SUM_EXP(Exercise::logSumExp, Operation.LOG_SUM_EXP),
  RMS_NORM(Exercise::rmsNorm, Operation.RMS_NORM),
  TOP_K(Exercise::topK, Operation.TOP_K),
  CROSS_ENTROPY(Exercise::crossEntropy, Operation.CROSS_ENTROPY, Operation.COLUMN_SUM),
  GRADIENT(Exercise::gradient, Operation.CROSS_ENTROPY),
  EVALUATION(Exercise::evaluation, Operation.EVALUATION, Operation.COLUMN_SUM),
  EVALUATION_OF_UNKNOWN(Exercise::evaluationOfUnknown, Operation.EVALUATION, Operation.COLUMN_SUM),
  WEIGHTED_GRADIENT(
      CountedExercise::gradientOfProbabilities, Operation.CROSS_ENTROPY, Operation.COLUMN_SUM),
  WEIGHTED_EVALUATION(
      CountedExercise::evaluationOfProbabilities, Operation.EVALUATION, Operation.COLUMN_SUM),
  CLASS_CROSS_ENTROPY(
      CountedExercise::lossOfClasses, Operation.CLASS_CROSS_ENTROPY, Operation.COLUMN_SUM),
  CLASS_OBJECTIVE(
      CountedExercise::objectiveOfClasses, Operation.CLASS_CROSS_ENTROPY, Operation.COLUMN_SUM),
  CLASS_GRADIENT(CountedExercise::gradientOfClasses, Operation.CLASS_CROSS_ENTROPY),
  WEIGHTED_CLASS_GRADIENT(
      CountedExercise::gradientOfWeightedClasses, Operation.CLASS_CROSS_ENTROPY),
  CLASS_EVALUATION(
      CountedExercise::evaluationOfClasses, Operation.CLASS_EVALUATION, Operation.COLUMN_SUM),
  WEIGHTED_CLASS_EVALUATION(
      CountedExercise::evaluationOfWeightedClasses,
      Operation.CLASS_EVALUATION,
      Operation.COLUMN_SUM),
  SPARSE_PRODUCT(Exercise::sparseProduct, Operation.SPARSE_PRODUCT),
  TRAINING_STEP(
      Exercise::trainingStep,
      Operation.CROSS_ENTROPY,
      Operation.COLUMN_SUM,
      Operation.ADD_SCALED_COLUMN_SUM),
  TRAINING_EPOCH(Exercise::trainingEpoch, Operation.TRAINING_EPOCH),
  CLASS_EPOCH(CountedExercise::epochOfClasses, Operation.TRAINING_EPOCH),
  WEIGHTED_EPOCH(
      CountedExercise::epochOfProbabilities, Operation.TRAINING_EPOCH, Operation.TRAINING_SHARES),
  WEIGHTED_CLASS_EPOCH(
      CountedExercise::epochOfWeightedClasses, Operation.TRAINING_EPOCH, Operation.TRAINING_SHARES),
  GRID_EPOCH(Exercise::gridEpoch, Operation.TRAINING_GRID),
  WEIGHTED_GRID_EPOCH(
      CountedExercise::gridEpochOfWeightedClasses,
      Operation.TRAINING_GRID,
      Operation.TRAINING_SHARES),
  CONVERT(
      Exercise::convert,
      Operation.CONVERT_TO_F32,
      Operation.CONVERT_TO_F64,
      Operation.CONVERT_TO_BF16,
      Operation.CONVERT_TO_F16);

  /** Those whose kernels read and write matrices of 16 bits. */
  static final Set<Exercise> OF_HALVES =
      EnumSet.of(
          SOFTMAX,
          LOG_SOFTMAX,
          CROSS_ENTROPY,
          GRADIENT,
          WEIGHTED_GRADIENT,
          CLASS_CROSS_ENTROPY,
          CLASS_GRADIENT,
          WEIGHTED_CLASS_GRADIENT,
          CONVERT);

  /** Of training epochs: a whole number of rounds by four, none, a few, and a rest of a round. */
  private static final int[] FEATURES = {31, 0, 7, 40};

  private final Consumer<Trial> body;
  private final Set<Operation> operations;

  Exercise(Consumer<Trial> body, Operation... operations) {
    this.body = body;
    this.operations = EnumSet.copyOf(List.of(operations));
  }

  /** Those that need an operation on elements of that type. */
  static Stream<Exercise> of(Operation operation, ElementType type) {
    return (type.isHalf() ? OF_HALVES.stream() : Stream.of(values()))
        .filter(exercise -> exercise.operations.contains(operation));
  }

  /** Asks for it, and compares. */
  void run(Trial trial) {
    body.accept(trial);
  }

  private interface Map {
    void apply(Matrix x, Matrix out);
  }

  private interface Combine {
    void apply(Matrix a, Matrix b, Matrix out);
  }

  private interface CombineNumber {
    void apply(Matrix a, double b, Matrix out);
  }

  static double[] each(double[] of, DoubleUnaryOperator function) {
    return Arrays.stream(of).map(function).toArray();
  }

  static double[] sizes(double[] of, double factor) {
    return each(of, x -> Math.abs(x) * factor);
  }

  private static void map(Trial t, Map map, DoubleUnaryOperator function, double epsilons) {
    map(t, map, function, epsilons, t.withSpecialRows(t.numbers(t.rows * t.columns, 20)));
  }

  private static void map(
      Trial t, Map map, DoubleUnaryOperator function, double epsilons, double[] numbers) {
    Matrix out = t.result(t.rows, t.columns);
    map.apply(t.matrix(t.rows, t.columns, numbers), out);
    double[] expected = each(numbers, function);
    t.compare("result", out, expected, sizes(expected, epsilons * t.epsilon()));
  }

  /** To every type, of numbers that are near the middle of two of it, too large, or none. */
  private static void convert(Trial t) {
    double[] numbers = t.withSpecialRows(t.numbers(t.rows * t.columns, 20));
    double[] chosen = {
      65520,
      -65519.9,
      0x1.ffp127,
      -0x1.fep127,
      0x1p-24,
      0x1.8p-25,
      -0x1p-25,
      0x1p-134,
      1e300,
      1 + 0x1p-8,
      1 + 0x1p-11,
      1 + 0x1p-8 + 0x1p-40,
      1 + 0x1p-11 - 0x1p-40,
      1 + 0x1.8p-7,
      -0.0
    };
    for (int i = 0; i < numbers.length; i += 2) {
      numbers[i] = t.rounded(chosen[i / 2 % chosen.length]);
    }
    Matrix x = t.matrix(t.rows, t.columns, numbers);
    for (ElementType to : ElementType.values()) {
      Matrix out = t.result(to, t.rows, t.columns);
      t.backend.copy(x, out);
      t.compare("copy in " + to, out, each(numbers, to::rounded));
    }
  }

  private static void exp(Trial t) {
    map(t, t.backend::exp, Math::exp, 3);
  }

  private static void log(Trial t) {
    double[] numbers = t.numbers(t.rows * t.columns, 20);
    // A logarithm near 0 is as exact as any other.
    map(t, t.backend::log, Math::log, 3, each(numbers, x -> x > -15 ? t.rounded(Math.exp(x)) : x));
  }

  private static void combine(
      Trial t, Combine combine, CombineNumber combineNumber, DoubleBinaryOperator operator) {
    double[] a = t.numbers(t.rows * t.columns, 3);
    double[] b = t.numbers(t.rows * t.columns, 3);
    // Some are equal, of those in the first row and column most.
    for (int i = 0; i < a.length; i++) {
      b[i] = i % 3 == 0 ? a[i] : b[i];
      a[i] = i % 2 == 0 ? a[0] : a[i];
    }
    Matrix out = t.result(t.rows, t.columns);
    Matrix left = t.matrix(t.rows, t.columns, a);
    double[] expected = new double[a.length];
    // Rounded twice, which for these operators is rounded once (S. A. Figueroa, 1995).
    Arrays.setAll(expected, i -> t.rounded(operator.applyAsDouble(a[i], b[i])));
    combine.apply(left, t.matrix(t.rows, t.columns, b), out);
    t.compare("with a matrix", out, expected);
    Matrix rowOut = t.result(t.rows, t.columns);
    Arrays.setAll(expected, i -> t.rounded(operator.applyAsDouble(a[i], b[i % t.columns])));
    combine.apply(left, t.matrix(1, t.columns, Arrays.copyOf(b, t.columns)), rowOut);
    t.compare("with a row", rowOut, expected);
    Matrix columnOut = t.result(t.rows, t.columns);
    Arrays.setAll(expected, i -> t.rounded(operator.applyAsDouble(b[i / t.columns], a[i])));
    combine.apply(t.matrix(t.rows, 1, Arrays.copyOf(b, t.rows)), left, columnOut);
    t.compare("with a column", columnOut, expected);
    Matrix rightOut = t.result(t.rows, t.columns);
    Arrays.setAll(expected, i -> t.rounded(operator.applyAsDouble(a[i], b[i / t.columns])));
    combine.apply(left, t.matrix(t.rows, 1, Arrays.copyOf(b, t.rows)), rightOut);
    t.compare("with a column on the right", rightOut, expected);
    Matrix numberOut = t.result(t.rows, t.columns);
    double number = a[a.length / 2];
    Arrays.setAll(expected, i -> t.rounded(operator.applyAsDouble(a[i], number)));
    combineNumber.apply(left, number, numberOut);
    t.compare("with a number", numberOut, expected);
  }

  private static void addScaled(Trial t) {
    double[] x = t.numbers(t.rows * t.columns, 3);
    double[] before = t.numbers(t.rows * t.columns, 3);
    Matrix out = t.matrix(t.rows, t.columns, before);
    t.backend.addScaled(-0.75, t.matrix(t.rows, t.columns, x), out);
    double[] expected = new double[x.length];
    Arrays.setAll(expected, i -> before[i] - 0.75 * x[i]);
    // The product has no more digits than fit: one rounding, and one of the reference.
    double[] allowed = new double[x.length];
    Arrays.setAll(allowed, i -> t.epsilon() * (Math.abs(before[i]) + Math.abs(x[i])));
    t.compare("result", out, expected, allowed);
  }

  private static void fill(Trial t) {
    Matrix out = t.result(t.rows, t.columns);
    t.backend.fill(-2.5, out);
    double[] expected = new double[t.rows * t.columns];
    Arrays.fill(expected, -2.5);
    t.compare("result", out, expected);
  }

  private static void rowMax(Trial t) {
    double[] x = t.withSpecialRows(t.logits());
    Matrix out = t.result(t.rows, 1);
    t.backend.rowMax(t.matrix(t.rows, t.columns, x), out);
    double[] expected = new double[t.rows];
    Arrays.setAll(
        expected, row -> x[row * t.columns + ExpectedRow.indexOfLargest(x, row, t.columns)]);
    t.compare("maximum", out, expected);
  }

  private static void rowSum(Trial t) {
    double[] x = t.numbers(t.rows * t.columns, 3);
    // What is lost to the first number is most of the sum of the others.
    for (int row = 0; row < t.rows; row++) {
      x[row * t.columns] = 1 / t.epsilon();
      x[row * t.columns + t.columns - 1] = t.columns > 1 ? -1 / t.epsilon() : 3;
    }
    Matrix out = t.result(t.rows, 1);
    t.backend.rowSum(t.matrix(t.rows, t.columns, x), out);
    double[] expected = new double[t.rows];
    double[] allowed = new double[t.rows];
    for (int row = 0; row < t.rows; row++) {
      expected[row] =
          ExpectedRow.sum(Arrays.copyOfRange(x, row * t.columns, (row + 1) * t.columns));
      allowed[row] = t.epsilon() * 3 * t.columns;
    }
    t.compare("sum", out, expected, allowed);
  }

  private static void rowArgmax(Trial t) {
    double[] x = t.withSpecialRows(t.logits());
    Matrix out = t.result(t.rows, 1);
    t.backend.rowArgMax(t.matrix(t.rows, t.columns, x), out);
    double[] expected = new double[t.rows];
    Arrays.setAll(expected, row -> ExpectedRow.indexOfLargest(x, row, t.columns));
    t.compare("column", out, expected);
  }

  private static void columnSum(Trial t) {
    double[] x = t.numbers(t.rows * t.columns, 3);
    Matrix out = t.result(1, t.columns);
    t.backend.columnSum(t.matrix(t.rows, t.columns, x), out);
    double[] sizes = new double[t.columns];
    double[] sums = columnSums(t, x, sizes);
    t.compare("sum", out, sums, sizes(sizes, 4 * t.epsilon()));
  }

  /** The sums of the columns, and of the sizes of what is in them. */
  static double[] columnSums(Trial t, double[] x, double[] sizes) {
    double[] sums = new double[t.columns];
    for (int i = 0; i < x.length; i++) {
      sums[i % t.columns] += x[i];
      sizes[i % t.columns] += Math.abs(x[i]);
    }
    return sums;
  }

  private static ExpectedRow[] expectedRows(Trial t, double[] logits) {
    ExpectedRow[] expected = new ExpectedRow[t.rows];
    Arrays.setAll(expected, row -> new ExpectedRow(logits, row, t.columns));
    return expected;
  }

  private static void compareProbabilities(Trial t, Matrix actual, double[] logits) {
    ExpectedRow[] rows = expectedRows(t, logits);
    double[] expected = new double[logits.length];
    Arrays.setAll(expected, i -> rows[i / t.columns].probability(i % t.columns));
    t.compare("probability", actual, expected, sizes(expected, 6 * t.epsilon()));
  }

  private static void softmax(Trial t) {
    double[] logits = t.withSpecialRows(t.logits());
    Matrix out = t.result(t.rows, t.columns);
    try (Softmax softmax = t.backend.kernel(Softmax.TYPE)) {
      softmax.apply(t.matrix(t.rows, t.columns, logits), out);
    }
    compareProbabilities(t, out, logits);
  }

  /** {@code logits + bias}, as the kernels round it. */
  static double[] biased(Trial t, double[] logits, double[] bias) {
    double[] sums = new double[logits.length];
    Arrays.setAll(sums, i -> t.type.computedIn().rounded(logits[i] + bias[i % t.columns]));
    return sums;
  }

  private static void biasSoftmax(Trial t) {
    double[] logits = t.logits();
    double[] bias = t.numbers(t.columns, 3);
    Matrix out = t.result(t.rows, t.columns);
    try (LinearSoftmax softmax = t.backend.kernel(LinearSoftmax.TYPE)) {
      softmax.apply(
          t.identity(), t.matrix(t.rows, t.columns, logits), t.matrix(1, t.columns, bias), out);
    }
    compareProbabilities(t, out, biased(t, logits, bias));
  }

  private static void logSoftmax(Trial t) {
    double[] logits = t.withSpecialRows(t.logits());
    Matrix out = t.result(t.rows, t.columns);
    try (LogSoftmax softmax = t.backend.kernel(LogSoftmax.TYPE)) {
      softmax.apply(t.matrix(t.rows, t.columns, logits), out);
    }
    ExpectedRow[] rows = expectedRows(t, logits);
    double[] expected = new double[logits.length];
    Arrays.setAll(expected, i -> rows[i / t.columns].logProbability(i % t.columns));
    double[] allowed = new double[logits.length];
    Arrays.setAll(
        allowed,
        i ->
            Double.isInfinite(expected[i])
                ? 0
                : 2
                    * t.epsilon()
                    * (1 + Math.abs(expected[i]) + Math.log(rows[i / t.columns].sum)));
    t.compare("logarithm", out, expected, allowed);
  }

  /** With a mask of its own for each row, and with one for all. */
  private static void maskedSoftmax(Trial t) {
    double temperature = 0.75;
    double[] logits = t.withSpecialRows(t.logits());
    for (int maskRows : new int[] {t.rows, 1}) {
      double[] mask = each(t.numbers(maskRows * t.columns, 1), x -> x < -0.4 ? 0 : x);
      double[] kept = new double[logits.length];
      Arrays.setAll(
          kept,
          i ->
              mask[i % mask.length] == 0
                  ? Double.NEGATIVE_INFINITY
                  : t.rounded(logits[i] / temperature));
      Matrix out = t.result(t.rows, t.columns);
      try (MaskedSoftmax softmax = t.backend.kernel(MaskedSoftmax.TYPE)) {
        softmax.apply(
            t.matrix(t.rows, t.columns, logits),
            t.matrix(maskRows, t.columns, mask),
            temperature,
            out);
      }
      compareProbabilities(t, out, kept);
    }
  }

  private static void logSumExp(Trial t) {
    double[] logits = t.withSpecialRows(t.logits());
    for (int row = 4; row < t.rows; row += 5) {
      logits[row * t.columns + t.columns / 2] = Double.POSITIVE_INFINITY;
    }
    Matrix out = t.result(t.rows, 1);
    try (LogSumExp logSumExp = t.backend.kernel(LogSumExp.TYPE)) {
      logSumExp.apply(t.matrix(t.rows, t.columns, logits), out);
    }
    double[] expected = new double[t.rows];
    double[] allowed = new double[t.rows];
    for (int row = 0; row < t.rows; row++) {
      double max = logits[row * t.columns + ExpectedRow.indexOfLargest(logits, row, t.columns)];
      double logOfSum = Math.log(new ExpectedRow(logits, row, t.columns).sum);
      expected[row] = Double.isFinite(max) ? max + logOfSum : max;
      allowed[row] = 3 * t.epsilon() * Math.max(1, Math.max(Math.abs(max), logOfSum));
    }
    t.compare("logarithm of the sum", out, expected, allowed);
  }

  private static void rmsNorm(Trial t) {
    double epsilon = 0.25;
    double[] x = t.withSpecialRows(t.numbers(t.rows * t.columns, 3));
    double[] gain = t.numbers(t.columns, 2);
    Matrix out = t.result(t.rows, t.columns);
    try (RmsNorm rmsNorm = t.backend.kernel(RmsNorm.TYPE)) {
      rmsNorm.apply(t.matrix(t.rows, t.columns, x), t.matrix(1, t.columns, gain), epsilon, out);
    }
    double[] expected = new double[x.length];
    for (int row = 0; row < t.rows; row++) {
      int first = row * t.columns;
      double[] squares = each(Arrays.copyOfRange(x, first, first + t.columns), v -> v * v);
      double factor = 1 / Math.sqrt(ExpectedRow.sum(squares) / t.columns + epsilon);
      for (int i = first; i < first + t.columns; i++) {
        expected[i] = x[i] * factor * gain[i - first];
      }
    }
    t.compare("normalised", out, expected, sizes(expected, 6 * t.epsilon()));
  }

  private static void topK(Trial t) {
    int k = Math.min(t.columns, 9);
    double[] x = t.withSpecialRows(t.logits());
    Matrix values = t.result(t.rows, k);
    Matrix columns = t.result(t.rows, k);
    try (TopK topK = t.backend.kernel(TopK.TYPE)) {
      topK.apply(t.matrix(t.rows, t.columns, x), values, columns);
    }
    double[] expected = new double[t.rows * k];
    double[] places = new double[t.rows * k];
    for (int row = 0; row < t.rows; row++) {
      int first = row * t.columns;
      // Equals stay in their order.
      int[] best =
          IntStream.range(0, t.columns)
              .boxed()
              .sorted(Comparator.comparingDouble((Integer j) -> x[first + j] + 0.0).reversed())
              .mapToInt(j -> j)
              .toArray();
      for (int rank = 0; rank < k; rank++) {
        expected[row * k + rank] = x[first + best[rank]];
        places[row * k + rank] = best[rank];
      }
    }
    t.compare("largest", values, expected);
    t.compare("column", columns, places);
  }

  /** The mean of the rows' losses, and how far it may be off. */
  private static double[] loss(Trial t, double[] logits, double[] targets) {
    return loss(t, logits, targets, each(new double[t.rows], share -> 1));
  }

  static double[] loss(Trial t, double[] logits, double[] targets, double[] shares) {
    ExpectedRow[] rows = expectedRows(t, logits);
    double[] losses = new double[t.rows];
    double[] sizes = new double[t.rows];
    for (int row = 0; row < t.rows; row++) {
      losses[row] = shares[row] * rows[row].loss(targets, row);
      sizes[row] = shares[row] * rows[row].lossSize(targets, row);
    }
    double mean = ExpectedRow.sum(losses) / t.rows;
    return new double[] {mean, 6 * t.epsilon() * ExpectedRow.sum(sizes) / t.rows};
  }

  private static void compareLoss(Trial t, Matrix actual, double[] logits, double[] targets) {
    double[] loss = loss(t, logits, targets);
    t.compare("loss", actual, new double[] {loss[0]}, new double[] {loss[1]});
  }

  private static void crossEntropy(Trial t) {
    double[] logits = t.logits();
    double[] targets = t.targets();
    Matrix out = t.wideResult(1, 1);
    try (CrossEntropy crossEntropy = t.backend.kernel(CrossEntropy.TYPE)) {
      crossEntropy.apply(
          t.matrix(t.rows, t.columns, logits),
          Targets.ofProbabilities(t.matrix(t.rows, t.columns, targets)),
          out);
    }
    compareLoss(t, out, logits, targets);
  }

  /** The gradient, and of what size the two parts of each element are. */
  private static double[] gradient(Trial t, double[] logits, double[] targets, double[] sizes) {
    return gradient(t, logits, targets, each(new double[t.rows], share -> 1), sizes);
  }

  static double[] gradient(
      Trial t, double[] logits, double[] targets, double[] shares, double[] sizes) {
    ExpectedRow[] rows = expectedRows(t, logits);
    double[] expected = new double[logits.length];
    for (int row = 0; row < t.rows; row++) {
      double total = rows[row].total(targets, row);
      for (int j = 0; j < t.columns; j++) {
        int i = row * t.columns + j;
        double share = rows[row].probability(j) * total;
        expected[i] = shares[row] * (share - targets[i]) / t.rows;
        sizes[i] = shares[row] * (share + targets[i]) / t.rows;
      }
    }
    return expected;
  }

  private static void gradient(Trial t) {
    double[] logits = t.withSpecialRows(t.logits());
    double[] targets = t.targets();
    Matrix out = t.result(t.rows, t.columns);
    try (CrossEntropyGradient gradient = t.backend.kernel(CrossEntropyGradient.TYPE)) {
      gradient.apply(
          t.matrix(t.rows, t.columns, logits),
          Targets.ofProbabilities(t.matrix(t.rows, t.columns, targets)),
          out);
    }
    double[] sizes = new double[logits.length];
    double[] expected = gradient(t, logits, targets, sizes);
    t.compare("gradient", out, expected, sizes(sizes, 8 * t.epsilon()));
  }

  private static void evaluation(Trial t) {
    double[] logits = t.logits();
    double[] bias = t.numbers(t.columns, 3);
    double[] sums = biased(t, logits, bias);
    double[] targets = t.targets();
    // Every other row is right, and the others are wrong by little.
    for (int row = 0; row < t.rows; row++) {
      int right = ExpectedRow.indexOfLargest(sums, row, t.columns);
      int wanted = row % 2 == 1 ? right : (right + 1) % t.columns;
      targets[row * t.columns + wanted] = 1;
    }
    Matrix out = t.result(1, 2);
    try (Evaluation evaluation = t.backend.kernel(Evaluation.TYPE)) {
      evaluation.apply(
          t.identity(),
          Targets.ofProbabilities(t.matrix(t.rows, t.columns, targets)),
          t.matrix(t.rows, t.columns, logits),
          t.matrix(1, t.columns, bias),
          out);
    }
    int right = 0;
    for (int row = 0; row < t.rows; row++) {
      int predicted = ExpectedRow.indexOfLargest(sums, row, t.columns);
      right += predicted == ExpectedRow.indexOfLargest(targets, row, t.columns) ? 1 : 0;
    }
    double[] loss = loss(t, sums, targets);
    t.compare(
        "loss and accuracy",
        out,
        new double[] {loss[0], (double) right / t.rows},
        new double[] {loss[1], t.epsilon()});
  }

  private static void evaluationOfUnknown(Trial t) {
    double[] logits = t.logits();
    for (int first = 0; first < 3; first += t.rows) {
      evaluationOfUnknown(t, logits, first);
    }
  }

  /**
   * Each row's largest target is where its largest logit is. Yet of four rows three have no class:
   * their logits are NaN, or go to infinity, or one of their targets is NaN.
   *
   * @param first the kind of the first row
   */
  private static void evaluationOfUnknown(Trial t, double[] logits, int first) {
    double[] x = new double[t.rows * t.rows];
    double[] targets = new double[logits.length];
    int right = 0;
    for (int row = 0; row < t.rows; row++) {
      int kind = (first + row) % 4;
      double factor = kind == 0 ? Double.NaN : kind == 1 ? Double.POSITIVE_INFINITY : 1;
      double[] scaled =
          Arrays.stream(logits, row * t.columns, (row + 1) * t.columns)
              .map(logit -> logit * factor)
              .toArray();
      x[row * t.rows + row] = factor;
      targets[row * t.columns + ExpectedRow.indexOfLargest(scaled, 0, t.columns)] =
          kind == 2 ? Double.NaN : 1;
      right += kind == 3 ? 1 : 0;
    }
    Matrix out = t.result(1, 2);
    try (Evaluation evaluation = t.backend.kernel(Evaluation.TYPE)) {
      evaluation.apply(
          t.matrix(t.rows, t.rows, x),
          Targets.ofProbabilities(t.matrix(t.rows, t.columns, targets)),
          t.matrix(t.rows, t.columns, logits),
          t.matrix(1, t.columns, new double[t.columns]),
          out);
    }
    t.compare(
        "accuracy of what is not known",
        out.columns(1, 2),
        new double[] {(double) right / t.rows},
        new double[] {t.epsilon()});
  }

  /** Both products; some rows and columns have no values, and one column has one in each row. */
  private static void sparseProduct(Trial t) {
    int features = 37;
    double[] numbers = t.numbers(t.rows * features, 2);
    SparseRows.Builder builder = new SparseRows.Builder(t.rows, features);
    for (int row = 0; row < t.rows; row++) {
      for (int k = row % 5 == 3 ? features : 1; k < features; k++) {
        if (k == 7 || t.random.nextInt(4) == 0) {
          builder.add(row, k, numbers[row * features + k]);
        }
      }
    }
    SparseRows x = builder.build();
    double[] right = t.numbers(features * t.columns, 2);
    double[] rightOfRows = t.numbers(t.rows * t.columns, 2);
    Matrix out = t.result(t.rows, t.columns);
    Matrix transposedOut = t.result(features, t.columns);
    try (SparseProduct product = t.backend.kernel(SparseProduct.TYPE)) {
      product.multiply(x, t.matrix(features, t.columns, right), out);
      product.multiplyTransposed(x, t.matrix(t.rows, t.columns, rightOfRows), transposedOut);
    }
    compareProduct(t, x, right, out);
    compareProduct(t, x.transposed(), rightOfRows, transposedOut);
  }

  private static void compareProduct(Trial t, SparseRows x, double[] right, Matrix actual) {
    double[] expected = new double[x.rows() * t.columns];
    double[] allowed = new double[expected.length];
    for (int row = 0; row < x.rows(); row++) {
      int first = x.start(row);
      double[] terms = new double[x.start(row + 1) - first];
      for (int j = 0; j < t.columns; j++) {
        int column = j;
        Arrays.setAll(
            terms, i -> x.value(first + i) * right[x.column(first + i) * t.columns + column]);
        expected[row * t.columns + j] = ExpectedRow.sum(terms);
        // Each product is rounded, and the sum once.
        allowed[row * t.columns + j] = t.epsilon() * ExpectedRow.sum(sizes(terms, 1));
      }
    }
    t.compare("product", actual, expected, allowed);
  }

  private static void trainingStep(Trial t) {
    double rate = 0.5;
    double[] logits = t.logits();
    double[] bias = t.numbers(t.columns, 3);
    double[] targets = t.targets();
    Matrix weights = t.matrix(t.rows, t.columns, logits);
    Matrix newBias = t.matrix(1, t.columns, bias);
    Matrix out = t.result(1, 1);
    try (TrainingStep step = t.backend.kernel(TrainingStep.TYPE)) {
      step.apply(
          t.identity(),
          Targets.ofProbabilities(t.matrix(t.rows, t.columns, targets)),
          rate,
          weights,
          newBias,
          out);
    }
    double[] sums = biased(t, logits, bias);
    compareLoss(t, out, sums, targets);
    double[] sizes = new double[logits.length];
    double[] gradient = gradient(t, sums, targets, sizes);
    double[] expected = new double[logits.length];
    Arrays.setAll(expected, i -> logits[i] - rate * gradient[i]);
    double[] allowed = new double[logits.length];
    Arrays.setAll(allowed, i -> t.epsilon() * (Math.abs(logits[i]) + 8 * sizes[i]));
    t.compare("weights", weights, expected, allowed);
    double[] columnSizes = new double[t.columns];
    double[] columnSums = columnSums(t, gradient, columnSizes);
    columnSums(t, sizes, columnSizes);
    double[] expectedBias = new double[t.columns];
    Arrays.setAll(expectedBias, j -> bias[j] - rate * columnSums[j]);
    double[] allowedBias = new double[t.columns];
    Arrays.setAll(allowedBias, j -> t.epsilon() * (Math.abs(bias[j]) + 8 * columnSizes[j]));
    t.compare("bias", newBias, expectedBias, allowedBias);
  }

  /** Three batches, of which the last is smaller where there are rows enough. */
  private static void trainingEpoch(Trial t) {
    double[] targets = t.targets();
    double[] once = each(new double[t.rows], weight -> 1);
    trainingEpoch(t, Targets.ofProbabilities(t.matrix(t.rows, t.columns, targets)), targets, once);
  }

  /**
   * The same.
   *
   * @param targets what is asked for
   * @param rows the same as rows of probabilities
   * @param rowWeights how much each row counts
   */
  static void trainingEpoch(Trial t, Targets targets, double[] rows, double[] rowWeights) {
    int features = FEATURES[t.columns % FEATURES.length];
    trainingEpoch(t, targets, rows, rowWeights, features, t.rows / 3 + 1);
  }

  /** Those of seven blocks, of which the last has fewer. */
  static final int FEATURES_OF_GRID = 207;

  /** So many that a block alone would not take them. */
  static int batchOfGrid(Trial t) {
    return 65_536 / FEATURES_OF_GRID / t.columns + 1;
  }

  private static void gridEpoch(Trial t) {
    double[] targets = t.targets();
    double[] once = each(new double[t.rows], weight -> 1);
    Targets wanted = Targets.ofProbabilities(t.matrix(t.rows, t.columns, targets));
    trainingEpoch(t, wanted, targets, once, FEATURES_OF_GRID, batchOfGrid(t));
  }

  /**
   * The same.
   *
   * @param features of x
   * @param batchRows rows of a batch
   */
  static void trainingEpoch(
      Trial t, Targets targets, double[] rows, double[] rowWeights, int features, int batchRows) {
    double rate = 0.25;
    double[] x = t.numbers(t.rows * features, 0.5);
    double[] weights = t.numbers(features * t.columns, 2);
    double[] bias = t.numbers(t.columns, 2);
    Matrix newWeights = t.matrix(features, t.columns, weights);
    Matrix newBias = t.matrix(1, t.columns, bias);
    Matrix out = t.result(1, 1);
    try (TrainingEpoch epoch = t.backend.kernel(TrainingEpoch.TYPE)) {
      epoch.apply(
          t.matrix(t.rows, features, x), targets, batchRows, rate, newWeights, newBias, out);
    }
    double loss = 0;
    int batches = 0;
    for (int from = 0; from < t.rows; from += batchRows) {
      int count = Math.min(batchRows, t.rows - from);
      loss += batch(t, x, rows, rowWeights, from, count, rate, weights, bias);
      batches++;
    }
    // Rounded once more with each batch, row and feature; all numbers are of size 1.
    double off = (100 + t.rows) * t.epsilon();
    t.compare("loss", out, new double[] {loss / batches}, new double[] {off});
    t.compare("weights", newWeights, weights, each(weights, w -> off));
    t.compare("bias", newBias, bias, each(bias, b -> off));
  }

  /** A step of gradient descent; the batch's loss. */
  private static double batch(
      Trial t,
      double[] x,
      double[] targets,
      double[] rowWeights,
      int from,
      int count,
      double rate,
      double[] weights,
      double[] bias) {
    int features = weights.length / bias.length;
    int classes = t.columns;
    double[] newWeights = weights.clone();
    double[] newBias = bias.clone();
    double loss = 0;
    double total = Arrays.stream(rowWeights, from, from + count).sum();
    for (int row = from; row < from + count; row++) {
      double share = rowWeights[row] / total;
      double[] logits = bias.clone();
      for (int k = 0; k < features; k++) {
        for (int j = 0; j < classes; j++) {
          logits[j] += x[row * features + k] * weights[k * classes + j];
        }
      }
      ExpectedRow expected = new ExpectedRow(logits, 0, classes);
      double[] wanted = Arrays.copyOfRange(targets, row * classes, (row + 1) * classes);
      loss += share * expected.loss(wanted, 0);
      for (int j = 0; j < classes; j++) {
        double step =
            rate * share * (expected.probability(j) * expected.total(wanted, 0) - wanted[j]);
        newBias[j] -= step;
        for (int k = 0; k < features; k++) {
          newWeights[k * classes + j] -= step * x[row * features + k];
        }
      }
    }
    System.arraycopy(newWeights, 0, weights, 0, weights.length);
    System.arraycopy(newBias, 0, bias, 0, bias.length);
    return loss;
  }
}

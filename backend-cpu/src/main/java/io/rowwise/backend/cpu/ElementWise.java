package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;

/** Operations on each element, a tile of rows at a time. */
final class ElementWise {
  // Nanoseconds, roughly.
  private static final double ARITHMETIC = 0.3;
  private static final double POWER_OR_LOGARITHM = 3;

  /** A function of arrays, element by element. */
  interface Unary {
    void apply(double[] x, double[] out, int count);
  }

  private final Workers workers;

  ElementWise(Workers workers) {
    this.workers = workers;
  }

  private static boolean isFloat(double value) {
    return Double.compare((float) value, value) == 0;
  }

  void combine(Elements.Operation operation, Matrix a, Matrix b, Matrix out) {
    switch (out.type()) {
      case FLOAT32 -> combine(Elements.FLOATS, operation.on(Elements.FLOATS), a, b, out);
      case FLOAT64 -> combine(Elements.DOUBLES, operation.on(Elements.DOUBLES), a, b, out);
    }
  }

  private <A> void combine(
      Elements<A> elements, Elements.Binary<A> function, Matrix a, Matrix b, Matrix out) {
    share(
        out,
        ARITHMETIC,
        tileElements -> {
          Operand<A> left = new Operand<>(elements, a, out, tileElements);
          Operand<A> right = new Operand<>(elements, b, out, tileElements);
          A results = elements.array(tileElements);
          return (first, rows) -> {
            function.apply(
                left.load(first, rows), right.load(first, rows), results, rows * out.columns());
            elements.store(results, out, first, rows);
          };
        });
  }

  void combine(Elements.Operation operation, Matrix a, double b, Matrix out) {
    // A number that is no float would lose digits before the operation.
    if (out.type() == ElementType.FLOAT32 && isFloat(b)) {
      combine(Elements.FLOATS, operation, a, b, out);
    } else {
      combine(Elements.DOUBLES, operation, a, b, out);
    }
  }

  private <A> void combine(
      Elements<A> elements, Elements.Operation operation, Matrix a, double b, Matrix out) {
    Elements.Binary<A> function = operation.on(elements);
    share(
        out,
        ARITHMETIC,
        tileElements -> {
          A left = elements.array(tileElements);
          A right = elements.array(tileElements);
          elements.fill(right, b);
          A results = elements.array(tileElements);
          return (first, rows) -> {
            elements.load(a, first, rows, left);
            function.apply(left, right, results, rows * out.columns());
            elements.store(results, out, first, rows);
          };
        });
  }

  /** {@code out += alpha * x}, rounded once. */
  void accumulate(double alpha, Matrix x, Matrix out) {
    if (out.type() == ElementType.FLOAT32 && isFloat(alpha)) {
      combine(Elements.FLOATS, Elements.FLOATS.addScaled(alpha), out, x, out);
    } else {
      combine(Elements.DOUBLES, Elements.DOUBLES.addScaled(alpha), out, x, out);
    }
  }

  void fill(double value, Matrix out) {
    switch (out.type()) {
      case FLOAT32 -> fill(Elements.FLOATS, value, out);
      case FLOAT64 -> fill(Elements.DOUBLES, value, out);
    }
  }

  private <A> void fill(Elements<A> elements, double value, Matrix out) {
    share(
        out,
        ARITHMETIC,
        tileElements -> {
          A values = elements.array(tileElements);
          elements.fill(values, value);
          return (first, rows) -> elements.store(values, out, first, rows);
        });
  }

  void copy(Matrix x, Matrix out) {
    switch (out.type()) {
      case FLOAT32 -> copy(Elements.FLOATS, x, out);
      case FLOAT64 -> copy(Elements.DOUBLES, x, out);
    }
  }

  private <A> void copy(Elements<A> elements, Matrix x, Matrix out) {
    share(
        out,
        ARITHMETIC,
        tileElements -> {
          A values = elements.array(tileElements);
          return (first, rows) -> {
            elements.load(x, first, rows, values);
            elements.store(values, out, first, rows);
          };
        });
  }

  void exp(Matrix x, Matrix out) {
    share(
        out,
        POWER_OR_LOGARITHM,
        tileElements -> {
          double[] rounded = new double[tileElements];
          double[] reduced = new double[tileElements];
          return tiles(
              (values, powers, count) -> Exponential.apply(values, rounded, reduced, powers, count),
              x,
              out,
              tileElements);
        });
  }

  void log(Matrix x, Matrix out) {
    share(
        out,
        POWER_OR_LOGARITHM,
        tileElements -> {
          double[] scratch = new double[tileElements];
          double[] more = new double[tileElements];
          return tiles(
              (values, logarithms, count) ->
                  Logarithm.apply(values, scratch, more, logarithms, count),
              x,
              out,
              tileElements);
        });
  }

  private static Tiles.Work tiles(Unary function, Matrix x, Matrix out, int tileElements) {
    double[] values = new double[tileElements];
    double[] results = new double[tileElements];
    return (first, rows) -> {
      CpuStorage.loadRows(x, first, rows, values);
      function.apply(values, results, rows * out.columns());
      CpuStorage.storeRows(results, out, first, rows);
    };
  }

  /** What a worker does, with arrays for so many elements. */
  private interface WorkOfAWorker {
    Tiles.Work with(int tileElements);
  }

  private void share(Matrix out, double nanosecondsOfAnElement, WorkOfAWorker work) {
    int columns = out.columns();
    int tileElements = Tiles.rows(out.rows(), columns) * columns;
    Tiles.share(
        workers, out.rows(), columns, nanosecondsOfAnElement, () -> work.with(tileElements));
  }
}

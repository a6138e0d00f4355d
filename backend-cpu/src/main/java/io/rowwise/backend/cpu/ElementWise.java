package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;

/** Operations on each element, a tile of rows at a time. */
final class ElementWise {
  // Nanoseconds, roughly.
  private static final double A_COPY = 0.15;
  private static final double ARITHMETIC = 0.3;
  private static final double POWER_OR_LOGARITHM = 1.2;

  private static final int BYTES_OF_A_TILE = 4096;
  // In shorter ones, a call for each row takes longer than repeating an operand.
  private static final int LONG_ROW = 64;

  private final Tiles tiles;

  ElementWise(Tiles tiles) {
    this.tiles = tiles;
  }

  private static boolean isFloat(double value) {
    return Double.compare((float) value, value) == 0;
  }

  void combine(Functions.Operation operation, Matrix a, Matrix b, Matrix out) {
    switch (out.type()) {
      case FLOAT32 -> combine(Elements.FLOATS, operation, a, b, out);
      case FLOAT64 -> combine(Elements.DOUBLES, operation, a, b, out);
    }
  }

  private <A> void combine(
      Elements<A> elements, Functions.Operation operation, Matrix a, Matrix b, Matrix out) {
    NativeElements<A> outside = outsideTheHeap(elements, out);
    if (outside == null) {
      onTheHeap(elements, operation.of(elements), a, of(elements, b, out), out);
    } else if (isLike(a, out) && isLike(b, out)) {
      outsideTheHeap(outside, operation, a, b, out);
    } else if (isLike(a, out) && b.elements() == 1) {
      double[] number = new double[1];
      CpuStorage.loadRows(b, 0, 1, number);
      outsideTheHeap(outside, operation, a, number[0], out);
    } else if (isLike(a, out) && out.columns() >= LONG_ROW) {
      rowByRow(outside, operation, a, b, out);
    } else {
      toOutside(elements, outside, operation, a, of(elements, b, out), out);
    }
  }

  void combine(Functions.Operation operation, Matrix a, double b, Matrix out) {
    // A number that is no float would lose digits before the operation.
    if (out.type() == ElementType.FLOAT32 && isFloat(b)) {
      combine(Elements.FLOATS, operation, a, b, out);
    } else {
      combine(Elements.DOUBLES, operation, a, b, out);
    }
  }

  private <A> void combine(
      Elements<A> elements, Functions.Operation operation, Matrix a, double b, Matrix out) {
    NativeElements<A> outside = outsideTheHeap(elements, out);
    if (outside == null) {
      onTheHeap(elements, operation.of(elements), a, of(elements, b), out);
    } else if (isLike(a, out)) {
      outsideTheHeap(outside, operation, a, b, out);
    } else {
      toOutside(elements, outside, operation, a, of(elements, b), out);
    }
  }

  /** {@code out += alpha * x}, rounded once. */
  void accumulate(double alpha, Matrix x, Matrix out) {
    if (out.type() == ElementType.FLOAT32 && isFloat(alpha)) {
      accumulate(Elements.FLOATS, alpha, x, out);
    } else {
      accumulate(Elements.DOUBLES, alpha, x, out);
    }
  }

  private <A> void accumulate(Elements<A> elements, double alpha, Matrix x, Matrix out) {
    NativeElements<A> outside = outsideTheHeap(elements, out);
    if (outside == null || !isLike(x, out)) {
      onTheHeap(elements, elements.addScaled(alpha), out, of(elements, x, out), out);
    } else {
      outsideTheHeap(outside, new AddScaled(alpha), out, x, out);
    }
  }

  private record AddScaled(double scale) implements Functions.Operation {
    @Override
    public <F> F of(Functions<F> functions) {
      return functions.addScaled(scale);
    }
  }

  /** A worker's tiles of an operand. */
  private interface OperandOfAWorker<A> {
    Operand<A> with(Scratch scratch, int tileElements);
  }

  private static <A> OperandOfAWorker<A> of(Elements<A> elements, Matrix matrix, Matrix out) {
    return (scratch, tileElements) -> new Operand<>(elements, scratch, matrix, out, tileElements);
  }

  private static <A> OperandOfAWorker<A> of(Elements<A> elements, double number) {
    return (scratch, tileElements) -> new Operand<>(elements, scratch, number, tileElements);
  }

  /** Null where the result's elements have to be computed on the heap. */
  private static <A> NativeElements<A> outsideTheHeap(Elements<A> elements, Matrix out) {
    boolean may =
        CpuStorage.isGapless(out)
            && out.columns() <= NativeLoops.MOST
            && (long) out.rows() * out.columns() <= Integer.MAX_VALUE;
    return may ? elements.outsideTheHeap(out) : null;
  }

  private static boolean isLike(Matrix matrix, Matrix out) {
    return matrix.rows() == out.rows()
        && matrix.columns() == out.columns()
        && CpuStorage.isGapless(matrix);
  }

  private <A> void onTheHeap(
      Elements<A> elements,
      Elements.Binary<A> function,
      Matrix a,
      OperandOfAWorker<A> b,
      Matrix out) {
    share(
        out,
        ARITHMETIC,
        (scratch, tileElements) -> {
          Operand<A> left = new Operand<>(elements, scratch, a, out, tileElements);
          Operand<A> right = b.with(scratch, tileElements);
          A results = elements.array(scratch, tileElements);
          return (first, rows) -> {
            function.apply(
                left.load(first, rows), right.load(first, rows), results, rows * out.columns());
            elements.store(results, out, first, rows);
          };
        });
  }

  private <A> void toOutside(
      Elements<A> elements,
      NativeElements<A> outside,
      Functions.Operation operation,
      Matrix a,
      OperandOfAWorker<A> b,
      Matrix out) {
    NativeElements.Binary<A> function = operation.of(outside);
    share(
        out,
        ARITHMETIC,
        (scratch, tileElements) -> {
          Operand<A> left = new Operand<>(elements, scratch, a, out, tileElements);
          Operand<A> right = b.with(scratch, tileElements);
          return (first, rows) ->
              function.apply(
                  left.load(first, rows),
                  right.load(first, rows),
                  CpuStorage.beforeWritten(out, first),
                  rows * out.columns());
        });
  }

  private <A> void outsideTheHeap(
      NativeElements<A> elements, Functions.Operation operation, Matrix a, Matrix b, Matrix out) {
    long left = CpuStorage.before(a, 0);
    long right = CpuStorage.before(b, 0);
    long to = CpuStorage.beforeWritten(out, 0);
    NativeElements.Binary<A> function = operation.of(elements);
    shareAsOneRow(
        out,
        ARITHMETIC,
        (scratch, tileElements) -> {
          long[] bits = elements.bitsAtOnce(scratch);
          return (offset, count) ->
              function.apply(left + offset, right + offset, to + offset, count, bits);
        });
  }

  private <A> void outsideTheHeap(
      NativeElements<A> elements, Functions.Operation operation, Matrix a, double b, Matrix out) {
    long from = CpuStorage.before(a, 0);
    long to = CpuStorage.beforeWritten(out, 0);
    NativeElements.Binary<A> function = operation.of(elements);
    shareAsOneRow(
        out,
        ARITHMETIC,
        (scratch, tileElements) -> {
          long[] bits = elements.bitsAtOnce(scratch);
          return (offset, count) -> function.apply(from + offset, b, to + offset, count, bits);
        });
  }

  /** Where {@code b} has gaps between its rows, or is one row or one column. */
  private <A> void rowByRow(
      NativeElements<A> elements, Functions.Operation operation, Matrix a, Matrix b, Matrix out) {
    int columns = out.columns();
    boolean isOneColumn = b.columns() == 1;
    NativeElements.Binary<A> function = operation.of(elements);
    share(
        out,
        ARITHMETIC,
        (scratch, tileElements) -> {
          long[] bits = elements.bitsAtOnce(scratch);
          double[] numbers = scratch.doubles(isOneColumn ? tileElements / columns : 0);
          return (first, rows) -> {
            if (isOneColumn) {
              CpuStorage.loadRows(b, first, rows, numbers);
            }
            for (int row = 0; row < rows; row++) {
              long left = CpuStorage.before(a, first + row);
              long to = CpuStorage.beforeWritten(out, first + row);
              if (isOneColumn) {
                function.apply(left, numbers[row], to, columns, bits);
              } else {
                long right = CpuStorage.before(b, b.rows() == 1 ? 0 : first + row);
                function.apply(left, right, to, columns, bits);
              }
            }
          };
        });
  }

  void fill(double value, Matrix out) {
    switch (out.type()) {
      case FLOAT32 -> fill(Elements.FLOATS, value, out);
      case FLOAT64 -> fill(Elements.DOUBLES, value, out);
    }
  }

  private <A> void fill(Elements<A> elements, double value, Matrix out) {
    NativeElements<A> outside = outsideTheHeap(elements, out);
    if (outside != null) {
      long to = CpuStorage.beforeWritten(out, 0);
      shareAsOneRow(
          out,
          A_COPY,
          (scratch, tileElements) -> (offset, count) -> outside.fill(value, to + offset, count));
      return;
    }
    share(
        out,
        ARITHMETIC,
        (scratch, tileElements) -> {
          A values = elements.array(scratch, tileElements);
          elements.fill(values, tileElements, value);
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
    NativeElements<A> outside = outsideTheHeap(elements, out);
    if (outside != null && isLike(x, out)) {
      long from = CpuStorage.before(x, 0);
      long to = CpuStorage.beforeWritten(out, 0);
      shareAsOneRow(
          out,
          A_COPY,
          (scratch, tileElements) ->
              (offset, count) -> outside.copy(from + offset, to + offset, count));
      return;
    }
    share(
        out,
        ARITHMETIC,
        (scratch, tileElements) -> {
          A values = elements.array(scratch, tileElements);
          return (first, rows) -> {
            elements.load(x, first, rows, values);
            elements.store(values, out, first, rows);
          };
        });
  }

  void exp(Matrix x, Matrix out) {
    apply(Elements::exp, x, out);
  }

  void log(Matrix x, Matrix out) {
    apply(Elements::log, x, out);
  }

  /** A worker's function of arrays. */
  private interface UnaryOfAWorker {
    <A> Elements.Unary<A> with(
        Elements<A> elements, NativeLoops loops, Scratch scratch, int capacity);
  }

  private void apply(UnaryOfAWorker function, Matrix x, Matrix out) {
    NativeLoops loops = out.columns() <= NativeLoops.MOST ? NativeLoops.PRESENT : null;
    if (loops != null && out.type() == ElementType.FLOAT32) {
      apply(Elements.FLOATS, loops, function, x, out);
    } else {
      apply(Elements.DOUBLES, loops, function, x, out);
    }
  }

  private <A> void apply(
      Elements<A> elements, NativeLoops loops, UnaryOfAWorker ofAWorker, Matrix x, Matrix out) {
    NativeElements<A> outside = outsideTheHeap(elements, out);
    if (outside != null && isLike(x, out)) {
      long from = CpuStorage.before(x, 0);
      long to = CpuStorage.beforeWritten(out, 0);
      shareAsOneRow(
          out,
          POWER_OR_LOGARITHM,
          (scratch, tileElements) -> {
            Elements.Unary<A> function = ofAWorker.with(elements, loops, scratch, tileElements);
            A values = elements.array(scratch, tileElements);
            A results = elements.array(scratch, tileElements);
            return (offset, count) -> {
              outside.copy(from + offset, values, count);
              function.apply(values, results, count);
              outside.copy(results, to + offset, count);
            };
          });
      return;
    }
    share(
        out,
        POWER_OR_LOGARITHM,
        (scratch, tileElements) -> {
          Elements.Unary<A> function = ofAWorker.with(elements, loops, scratch, tileElements);
          A values = elements.array(scratch, tileElements);
          A results = elements.array(scratch, tileElements);
          return (first, rows) -> {
            elements.load(x, first, rows, values);
            function.apply(values, results, rows * out.columns());
            elements.store(results, out, first, rows);
          };
        });
  }

  /** What a worker does, with arrays for so many elements. */
  private interface WorkOfAWorker {
    Tiles.Work with(Scratch scratch, int tileElements);
  }

  private void share(Matrix out, double nanosecondsOfAnElement, WorkOfAWorker work) {
    int columns = out.columns();
    int tileRows = Tiles.rows(out.rows(), columns);
    tiles.share(
        out.rows(),
        columns,
        tileRows,
        nanosecondsOfAnElement,
        scratch -> work.with(scratch, tileRows * columns));
  }

  /** Work on a range of elements without gaps. */
  private interface GaplessWork {
    /**
     * @param offset of the first element from that of the matrix, in bytes
     */
    void compute(long offset, int count);
  }

  /** What a worker does, with arrays for so many elements. */
  private interface GaplessWorkOfAWorker {
    GaplessWork with(Scratch scratch, int tileElements);
  }

  /** Where nothing is left between the rows, nor in the operands. */
  private void shareAsOneRow(Matrix out, double nanosecondsOfAnElement, GaplessWorkOfAWorker work) {
    int elements = out.rows() * out.columns();
    long bytes = out.type().bytes();
    int tileElements = (int) Math.min(Math.max(1, elements), BYTES_OF_A_TILE / bytes);
    tiles.share(
        elements,
        1,
        tileElements,
        nanosecondsOfAnElement,
        scratch -> {
          GaplessWork ofAWorker = work.with(scratch, tileElements);
          return (first, count) -> ofAWorker.compute(first * bytes, count);
        });
  }
}

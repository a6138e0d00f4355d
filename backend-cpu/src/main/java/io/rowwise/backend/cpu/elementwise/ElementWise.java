package io.rowwise.backend.cpu.elementwise;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.math.Exponential;
import io.rowwise.backend.cpu.math.Logarithm;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.memory.NativeMemory;
import io.rowwise.backend.cpu.memory.Scratch;
import io.rowwise.backend.cpu.parallel.Tiles;

/**
 * Operations on each element: a tile of each operand is copied to an array, a loop between arrays
 * computes, and the result is copied to where it belongs. Programs do not use it.
 */
public final class ElementWise {
  // Nanoseconds in one thread, roughly.
  private static final double COPY = 0.15;
  private static final double ARITHMETIC = 0.3;
  private static final double POWER_OR_LOGARITHM = 1.2;

  // So few that a processor reads the next operands while it still writes results.
  private static final int BYTES_AT_ONCE = 2048;

  /** A function of two arrays, one of those that {@link Loops} has. */
  public interface Function {
    /** {@code out[i] = f(a[i], b[i])}. */
    <A> void apply(Loops<A> loops, A a, A b, A out, int count);
  }

  private final Tiles tiles;

  /** Operations that these share among the workers. */
  public ElementWise(Tiles tiles) {
    this.tiles = tiles;
  }

  /** {@code out = f(a, b)}, where each is as large as {@code out}, or one row, column or number. */
  public void combine(Function function, Matrix a, Matrix b, Matrix out) {
    combine(Loops.of(out.type()), function, a, b, 0, out);
  }

  /** {@code out = f(a, b)}. */
  public void combine(Function function, Matrix a, double b, Matrix out) {
    combine(loops(out, b), function, a, null, b, out);
  }

  /** {@code out += alpha * x}, rounded once. */
  public void addScaled(double alpha, Matrix x, Matrix out) {
    combine(loops(out, alpha), new AddScaled(alpha), out, x, 0, out);
  }

  private record AddScaled(double alpha) implements Function {
    @Override
    public <A> void apply(Loops<A> loops, A a, A b, A out, int count) {
      loops.addScaled(a, alpha, b, out, count);
    }
  }

  /** A number that is no {@code float} would lose digits before the operation. */
  private static Loops<?> loops(Matrix out, double number) {
    boolean isFloat = Double.compare((float) number, number) == 0;
    return out.type() == ElementType.FLOAT32 && isFloat ? Loops.float32() : Loops.float64();
  }

  private <A> void combine(
      Loops<A> loops, Function function, Matrix a, Matrix b, double number, Matrix out) {
    tiles.share(
        out.rows(),
        out.columns(),
        ARITHMETIC,
        scratch -> {
          Operand<A> left = new Operand<>(loops, scratch, a, out);
          Operand<A> right =
              b == null
                  ? new Operand<>(loops, scratch, number)
                  : new Operand<>(loops, scratch, b, out);
          A results = loops.array(scratch, Tiles.ELEMENTS);
          if (left.isGapless() && right.isGapless() && isGapless(loops, out)) {
            CpuStorage.of(out).change();
            long start = CpuStorage.address(out, 0);
            int bytes = out.type().bytes();
            return (row, rows, column, columns) -> {
              long first = ((long) row * out.columns() + column) * bytes;
              long end = first + (long) rows * columns * bytes;
              for (long at = first; at < end; at += BYTES_AT_ONCE) {
                int count = (int) (Math.min(BYTES_AT_ONCE, end - at) / bytes);
                function.apply(loops, left.load(at, count), right.load(at, count), results, count);
                loops.store(results, start + at, count);
              }
            };
          }
          return (row, rows, column, columns) -> {
            A ofA = left.load(row, rows, column, columns);
            A ofB = right.load(row, rows, column, columns);
            function.apply(loops, ofA, ofB, results, rows * columns);
            loops.store(results, out, row, rows, column, columns);
          };
        });
  }

  private static boolean isGapless(Loops<?> loops, Matrix out) {
    return CpuStorage.isGapless(out) && out.type() == loops.type();
  }

  /** Sets all elements. */
  public void fill(double value, Matrix out) {
    fill(Loops.of(out.type()), value, out);
  }

  private <A> void fill(Loops<A> loops, double value, Matrix out) {
    tiles.share(
        out.rows(),
        out.columns(),
        COPY,
        scratch -> {
          A values = loops.array(scratch, Tiles.ELEMENTS);
          loops.fill(values, 0, Tiles.ELEMENTS, value);
          return (row, rows, column, columns) ->
              loops.store(values, out, row, rows, column, columns);
        });
  }

  /** Copies all elements, to another type perhaps. */
  public void copy(Matrix x, Matrix out) {
    if (x.type() != out.type()) {
      boolean isWide = x.type() == ElementType.FLOAT64 || out.type() == ElementType.FLOAT64;
      convert(Loops.of(isWide ? ElementType.FLOAT64 : ElementType.FLOAT32), x, out);
      return;
    }
    CpuStorage.of(out).change();
    boolean isGapless = CpuStorage.isGapless(x) && CpuStorage.isGapless(out);
    int bytes = out.type().bytes();
    tiles.share(
        out.rows(),
        out.columns(),
        COPY,
        scratch ->
            (row, rows, column, columns) -> {
              int atOnce = isGapless ? rows : 1;
              for (int next = row; next < row + rows; next += atOnce) {
                NativeMemory.OF_THIS_JVM.copy(
                    CpuStorage.address(x, next) + (long) column * bytes,
                    CpuStorage.address(out, next) + (long) column * bytes,
                    (long) atOnce * columns * bytes);
              }
            });
  }

  /** By loops of a type that has all numbers of both. */
  private <A> void convert(Loops<A> loops, Matrix x, Matrix out) {
    tiles.share(
        out.rows(),
        out.columns(),
        ARITHMETIC,
        scratch -> {
          A values = loops.array(scratch, Tiles.ELEMENTS);
          return (row, rows, column, columns) -> {
            loops.load(x, row, rows, column, columns, values);
            loops.store(values, out, row, rows, column, columns);
          };
        });
  }

  /** {@code out = e^x}. */
  public void exp(Matrix x, Matrix out) {
    apply(Loops.of(out.type()), ElementWise::exp, x, out);
  }

  /** {@code out = ln x}. */
  public void log(Matrix x, Matrix out) {
    apply(Loops.of(out.type()), ElementWise::log, x, out);
  }

  private static <A> Unary<A> exp(Loops<A> loops, Scratch scratch) {
    Exponential<A> exponential = Exponential.of(loops, scratch, Tiles.ELEMENTS);
    A rounded = loops.array(scratch, Tiles.ELEMENTS);
    A reduced = loops.array(scratch, Tiles.ELEMENTS);
    return (x, out, count) -> exponential.exp(x, rounded, reduced, out, count);
  }

  private static <A> Unary<A> log(Loops<A> loops, Scratch scratch) {
    return Logarithm.of(loops, scratch, Tiles.ELEMENTS)::log;
  }

  /** A function of an array. */
  private interface Unary<A> {
    void apply(A x, A out, int count);
  }

  /** Makes a worker's function. */
  private interface UnaryOfAWorker {
    <A> Unary<A> with(Loops<A> loops, Scratch scratch);
  }

  private <A> void apply(Loops<A> loops, UnaryOfAWorker ofAWorker, Matrix x, Matrix out) {
    tiles.share(
        out.rows(),
        out.columns(),
        POWER_OR_LOGARITHM,
        scratch -> {
          Unary<A> function = ofAWorker.with(loops, scratch);
          Operand<A> values = new Operand<>(loops, scratch, x, out);
          A results = loops.array(scratch, Tiles.ELEMENTS);
          return (row, rows, column, columns) -> {
            function.apply(values.load(row, rows, column, columns), results, rows * columns);
            loops.store(results, out, row, rows, column, columns);
          };
        });
  }
}

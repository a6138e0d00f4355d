package io.rowwise.benchmarks.solver;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.dataset.Column;
import io.rowwise.dataset.Idx;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.NumberColumn;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableStream;
import io.rowwise.trainer.Fit;
import io.rowwise.trainer.Lbfgs;
import io.rowwise.trainer.Sgd;
import io.rowwise.trainer.SoftmaxTrainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * How long solvers take on rows that lie in a file and on the same rows in memory, in turn: SGD of
 * five epochs, and L-BFGS by the evaluation. Preparation is not counted.
 */
public final class DiskAndMemory {
  private static final int ROWS_AT_ONCE = 4096;
  private static final int ITERATIONS = 20;
  private static final String LABEL = "class";

  private DiskAndMemory() {}

  /**
   * Measures.
   *
   * @param arguments the folder of the copy, the rounds, and the folder of Fashion-MNIST or the
   *     rows and columns of normal numbers
   */
  @SuppressWarnings("SystemOut") // A program.
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    int rounds = Integer.parseInt(arguments[1]);
    boolean isRandom = arguments.length == 4;
    Table table =
        isRandom
            ? random(Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]))
            : fashion(Path.of(arguments[2]));
    LabelledTable rows = table.label(LABEL);
    try (Backend backend = Backends.open()) {
      for (ElementType type : ElementType.arithmetic()) {
        SoftmaxTrainer trainer =
            SoftmaxTrainer.defaults().type(type).penalty(1e-4).divideBy(isRandom ? 1 : 255);
        SoftmaxTrainer sgd = trainer.solver(Sgd.defaults().epochs(5).learningRate(0.01));
        SoftmaxTrainer lbfgs = trainer.solver(Lbfgs.of(type).maxIterations(ITERATIONS));
        measure(backend, type + " SGD, an epoch", sgd, rows, table, folder, rounds);
        measure(backend, type + " L-BFGS, an evaluation", lbfgs, rows, table, folder, rounds);
      }
    }
  }

  @SuppressWarnings("SystemOut")
  private static void measure(
      Backend backend,
      String what,
      SoftmaxTrainer trainer,
      LabelledTable rows,
      Table table,
      Path folder,
      int rounds)
      throws IOException {
    double[] memory = new double[rounds];
    double[] disk = new double[rounds];
    double[] ratios = new double[rounds];
    double difference = 0;
    for (int round = 0; round < rounds; round++) {
      Fit inMemory = null;
      if (round % 2 == 0) {
        inMemory = trainer.fit(backend, rows);
      }
      Fit onDisk = trainer.fit(backend, new Pieces(table).label(LABEL), folder);
      if (inMemory == null) {
        inMemory = trainer.fit(backend, rows);
      }
      memory[round] = inMemory.seconds() / inMemory.solution().evaluations();
      disk[round] = onDisk.seconds() / onDisk.solution().evaluations();
      ratios[round] = disk[round] / memory[round];
      double[] expected = inMemory.model().weights();
      double[] found = onDisk.model().weights();
      for (int i = 0; i < expected.length; i++) {
        difference = Math.max(difference, Math.abs(expected[i] - found[i]));
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%s: memory %.4f s, disk %.4f s, ratio %.3f (%.3f to %.3f), weights differ by %.1e%n",
        what,
        median(memory),
        median(disk),
        median(ratios),
        Arrays.stream(ratios).min().orElseThrow(),
        Arrays.stream(ratios).max().orElseThrow(),
        difference);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  private static Table fashion(Path folder) throws IOException {
    Table pixels = Idx.table(folder.resolve("train-images-idx3-ubyte.gz"));
    return pixels.with(Idx.labels(folder.resolve("train-labels-idx1-ubyte.gz")).named(LABEL));
  }

  private static Table random(int rows, int columns) {
    SplittableRandom random = new SplittableRandom(1);
    double[] labels = new double[rows];
    double[] values = new double[Math.multiplyExact(rows, columns)];
    for (int row = 0; row < rows; row++) {
      labels[row] = random.nextInt(5);
      for (int column = 0; column < columns; column++) {
        // The sum of four, near enough to a normal number, around a centre of its class.
        double sum = -2 + (column % 5 == (int) labels[row] ? 0.3 : 0);
        for (int i = 0; i < 4; i++) {
          sum += random.nextDouble();
        }
        values[row * columns + column] = sum;
      }
    }
    List<Column> all = new ArrayList<>();
    for (int column = 0; column < columns; column++) {
      all.add(NumberColumn.ofDoubles("x" + column, values, column, columns));
    }
    all.add(NumberColumn.of(LABEL, labels));
    return Table.of(all);
  }

  /** A table as if it was read from a file. */
  private record Pieces(Table table) implements TableStream {
    @Override
    public void read(Visitor<Table> visitor) throws IOException {
      visitor.begin();
      for (int first = 0; first < table.rows(); first += ROWS_AT_ONCE) {
        int end = Math.min(table.rows(), first + ROWS_AT_ONCE);
        visitor.rows(first, table.rows(first, end), (double) end / table.rows());
      }
    }
  }
}

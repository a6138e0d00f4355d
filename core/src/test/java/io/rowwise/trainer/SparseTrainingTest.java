package io.rowwise.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.dataset.Column;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.LibSvm;
import io.rowwise.dataset.MissingValues;
import io.rowwise.dataset.NumberColumn;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.dataset.UnknownWords;
import io.rowwise.dataset.WordColumn;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.random.NumpyRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows without their zeros give the models of the same rows with them. */
class SparseTrainingTest {
  private static final int ROWS = 90;
  private static final int COLUMNS = 40;

  @TempDir Path folder;

  /** Rows of LIBSVM, a few values each, whose class is near the columns that it has. */
  private LabelledTable sparse(int columns) throws IOException {
    NumpyRandom random = new NumpyRandom(8);
    StringBuilder text = new StringBuilder();
    for (int row = 0; row < ROWS; row++) {
      int label = row % 3;
      text.append(label + 1);
      int first = 1 + random.randint(columns / 2) + label;
      text.append(' ').append(first).append(':').append(0.5 + random.randint(8));
      text.append(' ').append(first + 1 + random.randint(columns / 2 - 4)).append(":-1.25");
      text.append(row == 0 ? " " + columns + ":1\n" : "\n");
    }
    return LibSvm.read(Files.writeString(folder.resolve("rows.svm"), text)).labelledTable();
  }

  private static LabelledTable dense(LabelledTable sparse) {
    List<Column> columns = new ArrayList<>();
    for (Column column : sparse.features().columns()) {
      double[] values = new double[sparse.rows()];
      Arrays.setAll(values, ((NumberColumn) column)::value);
      columns.add(NumberColumn.of(column.name(), values));
    }
    double[] labels = Arrays.stream(sparse.labels()).mapToDouble(label -> label + 1).toArray();
    LabelledTable dense = Table.of(columns).label(NumberColumn.of("label", labels));
    return sparse.weights().isPresent() ? dense.weights(sparse.weights().get()) : dense;
  }

  private static boolean isSparse(LabelledTable table) {
    return TableEncoding.of(table.features(), MissingValues.ERROR, UnknownWords.ERROR)
        .isSparse(table.features());
  }

  /** Trainers whose steps are the same for both to rounding: few, and of a given size. */
  static Stream<SoftmaxTrainer> trainers() {
    SoftmaxTrainer sgd =
        SoftmaxTrainer.defaults()
            .penalty(0.01)
            .solver(Sgd.defaults().epochs(4).batchRows(16).learningRate(0.05));
    SoftmaxTrainer lbfgs =
        SoftmaxTrainer.defaults()
            .penalty(0.01)
            .solver(Lbfgs.of(ElementType.FLOAT64).maxIterations(4));
    return Stream.of(
        sgd,
        sgd.standardize(true),
        sgd.divideBy(4),
        sgd.classWeights(ClassWeights.balanced()),
        sgd.validation(0.2).patience(2).calibrate(true).standardize(true),
        sgd.solver(Adam.defaults().epochs(3).batchRows(16)),
        lbfgs,
        lbfgs.standardize(true),
        lbfgs.l1(0.01).standardize(true));
  }

  @ParameterizedTest
  @MethodSource("trainers")
  void theModelIsThatOfRowsWithZeros(SoftmaxTrainer trainer) throws IOException {
    LabelledTable sparse = sparse(COLUMNS);
    double[] weights = new double[ROWS];
    Arrays.setAll(weights, row -> row % 5);
    for (LabelledTable table : List.of(sparse, sparse.weights(weights))) {
      assertTrue(isSparse(table));
      assertFalse(isSparse(dense(table)));
      requireSame(trainer, dense(table), table);
    }
  }

  private static void requireSame(
      SoftmaxTrainer trainer, LabelledTable dense, LabelledTable sparse) {
    try (Backend backend = new ReferenceBackend()) {
      SoftmaxModel wanted = trainer.fit(backend, dense).model();
      SoftmaxModel found = trainer.fit(backend, sparse).model();
      double[] expected = wanted.weights();
      double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], found.weights()[i], 1e-11 * largest, "weight " + i);
      }
      double loss = wanted.report(backend, dense).logLoss();
      assertEquals(loss, found.report(backend, sparse).logLoss(), 1e-12 * loss);
      assertEquals(
          wanted.report(backend, sparse).logLoss(), wanted.report(backend, dense).logLoss(), 1e-13);
      assertEquals(0, backend.openMatrices());
    }
  }

  /** More features than the start matrix has room for the products of: it is diagonal. */
  @Test
  void manyFeaturesToo() throws IOException {
    LabelledTable sparse = sparse(FeatureMoments.MOST_FEATURES + 10);
    SoftmaxTrainer trainer =
        SoftmaxTrainer.defaults()
            .penalty(0.01)
            .solver(Lbfgs.of(ElementType.FLOAT64).maxIterations(3));
    for (boolean standardize : new boolean[] {false, true}) {
      requireSame(trainer.standardize(standardize), dense(sparse), sparse);
    }
  }

  @Test
  void wordsAreSparseToo() {
    int rows = 120;
    List<String> words = new ArrayList<>();
    double[] numbers = new double[rows];
    double[] labels = new double[rows];
    for (int row = 0; row < rows; row++) {
      words.add("word " + row % 40);
      numbers[row] = row % 7 - 3;
      labels[row] = row % 40 % 3;
    }
    LabelledTable table =
        Table.of(WordColumn.of("word", words), NumberColumn.of("number", numbers))
            .label(NumberColumn.of("class", labels));
    assertTrue(isSparse(table));
    SoftmaxTrainer trainer = SoftmaxTrainer.defaults().penalty(0.1);
    try (Backend backend = new ReferenceBackend()) {
      Fit fit = trainer.fit(backend, table);
      assertEquals(StopReason.TOLERANCE, fit.solution().stopReason());
      // The same words as columns of numbers.
      List<Column> columns = new ArrayList<>();
      for (String name : fit.model().card().encoding().orElseThrow().featureNames()) {
        double[] values = new double[rows];
        Arrays.setAll(
            values,
            row ->
                name.equals("number")
                    ? numbers[row]
                    : name.equals("word=" + words.get(row)) ? 1 : 0);
        columns.add(NumberColumn.of(name, values));
      }
      Fit dense = trainer.fit(backend, Table.of(columns).label(NumberColumn.of("class", labels)));
      assertEquals(dense.solution().objective(), fit.solution().objective(), 1e-12);
    }
  }
}

package io.rowwise.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.dataset.Csv;
import io.rowwise.dataset.LabelledStream;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.LibSvm;
import io.rowwise.dataset.MissingValues;
import io.rowwise.dataset.UnknownWords;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.random.NumpyRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that are read from a file give the model that they give in memory, on any backend. */
public abstract class StreamTrainingContract {
  private static final int ROWS = 330;

  /** 64 rows of seven features, a class and a weight in float64: batches lie across blocks. */
  private static final long BLOCK_BYTES = 64 * 9 * 8;

  private static final String[] COLOURS = {"red", "green", "blue"};

  @TempDir Path folder;
  private Path file;

  /** Opens a backend, which the test closes. */
  protected abstract Backend open();

  /** What is trained, and whether rounding may make a difference. */
  protected record Case(String name, SoftmaxTrainer trainer, boolean isExact) {
    @Override
    public String toString() {
      return name;
    }
  }

  protected static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (ElementType type : ElementType.arithmetic()) {
      SoftmaxTrainer base =
          SoftmaxTrainer.defaults()
              .type(type)
              .penalty(0.01)
              .missingValues(MissingValues.MEAN)
              .unknownWords(UnknownWords.ZEROS)
              .standardize(true);
      SoftmaxTrainer lbfgs = base.solver(Lbfgs.of(type).tolerance(1e-5));
      SoftmaxTrainer sgd = base.solver(Sgd.defaults().epochs(3).batchRows(50).momentum(0.5));
      cases.add(new Case(type + " lbfgs", lbfgs, false));
      cases.add(new Case(type + " lbfgs, divided", lbfgs.standardize(false).divideBy(30), false));
      cases.add(
          new Case(
              type + " lbfgs, validation, balanced",
              lbfgs.validation(0.3).classWeights(ClassWeights.balanced()).calibrate(true),
              false));
      cases.add(new Case(type + " owl-qn", lbfgs.l1(0.01), false));
      cases.add(new Case(type + " sgd", sgd, true));
      cases.add(new Case(type + " sgd, medians", sgd.missingValues(MissingValues.MEDIAN), true));
      cases.add(new Case(type + " sgd, as they are", sgd.standardize(false).divideBy(100), true));
      cases.add(
          new Case(
              type + " sgd, validation, patience",
              sgd.standardize(false)
                  .divideBy(100)
                  .validation(0.2)
                  .patience(2)
                  .coverage(0.9)
                  .seed(5),
              true));
      cases.add(
          new Case(
              type + " sgd of batches larger than blocks",
              base.solver(Sgd.defaults().epochs(2).batchRows(150)),
              false));
      cases.add(
          new Case(
              type + " adam, weights of classes",
              base.solver(Adam.defaults().epochs(2).batchRows(32))
                  .classWeights(ClassWeights.of(Map.of("b", 3.0, "c", 0.0)))
                  .calibrate(true)
                  .validation(0.25),
              false));
    }
    return cases.stream();
  }

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("rows.csv");
    Files.writeString(file, text(ROWS));
  }

  private static String text(int rows) {
    NumpyRandom random = new NumpyRandom(11);
    StringBuilder text = new StringBuilder("x0,x1,colour,class,x2,x3,count\n");
    for (int i = 0; i < rows; i++) {
      String label = List.of("a", "b", "c").get(random.randint(3));
      double shift = label.equals("a") ? 1 : 0;
      text.append(random.standardNormal() + shift).append(',');
      text.append(i % 17 == 3 ? "" : Double.toString(100 + random.standardNormal())).append(',');
      text.append(i % 23 == 4 ? "" : COLOURS[random.randint(3)]).append(',');
      text.append(label).append(',');
      text.append(i % 3).append(',');
      text.append(random.standardNormal() - shift).append(',');
      text.append(i % 13 == 5 ? 0 : 1 + i % 3).append('\n');
    }
    return text.toString();
  }

  private LabelledStream stream() {
    return Csv.stream(file).label("class").weights("count");
  }

  private LabelledTable table() throws IOException {
    return Csv.read(file).label("class").weights("count");
  }

  private Fit fit(Backend backend, SoftmaxTrainer trainer, LabelledStream rows) throws IOException {
    return fit(backend, trainer, rows, step -> {});
  }

  /** Tells of the end of each step, and of the parts that are put in order. */
  private Fit fit(
      Backend backend, SoftmaxTrainer trainer, LabelledStream rows, Consumer<Preparation> ended)
      throws IOException {
    ProgressListener listener =
        new ProgressListener() {
          @Override
          public void onProgress(Progress progress) {}

          @Override
          public void onPreparation(Preparation step, double fraction) {
            boolean isPart = step == Preparation.ORDERING && fraction > 0 && fraction < 1;
            assertTrue(fraction == 1 || isPart, step + ": " + fraction);
            ended.accept(step);
          }
        };
    return new StreamTraining(trainer, backend, new DiskSpace(folder, BLOCK_BYTES), listener)
        .fit(rows);
  }

  private void assertNothingIsLeft(Backend backend, Path... others) throws IOException {
    assertEquals(0, backend.openMatrices());
    try (Stream<Path> files = Files.list(folder)) {
      Set<Path> expected =
          Stream.concat(Stream.of(file), Stream.of(others)).collect(Collectors.toSet());
      assertEquals(expected, files.collect(Collectors.toSet()));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theModelIsThatFromMemory(Case of) throws IOException {
    try (Backend backend = open()) {
      Fit memory = of.trainer.fit(backend, table());
      Fit disk = fit(backend, of.trainer, stream());
      assertSame(memory, disk, of.isExact ? 0 : tolerance(of.trainer.settings().type));
      assertNothingIsLeft(backend);
    }
  }

  /** Of weights: a gradient of 1e-5 is within 1e-3 of the optimum, the penalty being 0.01. */
  private static double tolerance(ElementType type) {
    return type == ElementType.FLOAT64 ? 1e-3 : 2e-3;
  }

  private static void assertSame(Fit memory, Fit disk, double tolerance) {
    SoftmaxModel expected = memory.model();
    SoftmaxModel found = disk.model();
    assertEquals(
        expected.card().encoding().orElseThrow().toJson(),
        found.card().encoding().orElseThrow().toJson());
    assertEquals(expected.card().classNames(), found.card().classNames());
    assertEquals(expected.card().label(), found.card().label());
    assertEquals(expected.card().facts().keySet(), found.card().facts().keySet());
    assertEquals(
        expected.card().facts().get("training_rows"), found.card().facts().get("training_rows"));
    assertArrayEquals(expected.weights(), found.weights(), tolerance);
    // A bias goes with weights times means of about 100.
    assertArrayEquals(expected.bias(), found.bias(), 200 * tolerance);
    assertEquals(memory.penalty(), disk.penalty());
    assertEquals(
        memory.solution().objective(),
        disk.solution().objective(),
        1e-5 * memory.solution().objective());
  }

  @Test
  void rowsToValidateWithMayBeAFileOrATable() throws IOException {
    Path apart = folder.resolve("apart.csv");
    Files.writeString(apart, text(90));
    SoftmaxTrainer trainer =
        SoftmaxTrainer.defaults()
            .missingValues(MissingValues.MEAN)
            .divideBy(100)
            .solver(Sgd.defaults().epochs(3).batchRows(40))
            .calibrate(true);
    LabelledTable table = Csv.read(apart).label("class").weights("count");
    LabelledStream stream = Csv.stream(apart).label("class").weights("count");
    try (Backend backend = open()) {
      Fit memory = trainer.validation(table).fit(backend, table());
      assertSame(memory, fit(backend, trainer.validation(table), stream()), 0);
      assertSame(memory, fit(backend, trainer.validation(stream), stream()), 0);
      assertNothingIsLeft(backend, apart);
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> trainer.validation(stream).fit(backend, table()));
      assertTrue(e.getMessage().startsWith("fit: the rows to validate with"), e.getMessage());
    }
  }

  @Test
  void aStartKeepsItsColumnsAndClasses() throws IOException {
    SoftmaxTrainer trainer =
        SoftmaxTrainer.defaults()
            .missingValues(MissingValues.MEAN)
            .divideBy(100)
            .solver(Sgd.defaults().epochs(2).batchRows(40));
    try (Backend backend = open()) {
      SoftmaxTrainer again = trainer.start(trainer.fit(backend, table()).model());
      assertSame(again.fit(backend, table()), fit(backend, again, stream()), 0);
      Files.writeString(file, text(ROWS).replaceFirst(",c,", ",d,"));
      assertSameFailure(backend, again, "labels: row ");
    }
  }

  private void assertSameFailure(Backend backend, SoftmaxTrainer trainer, String start)
      throws IOException {
    String expected =
        assertThrows(Exception.class, () -> trainer.fit(backend, table())).getMessage();
    Exception found = assertThrows(Exception.class, () -> fit(backend, trainer, stream()));
    assertEquals(expected, found.getMessage());
    assertTrue(expected.startsWith(start), expected);
    assertNothingIsLeft(backend);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | inf  | TableEncoding: the mean of the 330 numbers of column 'x0' is Infinity",
        "3 | NA   | label: row 220 of column 'class' is missing",
        "6 | NA   | weights: row 220 of column 'count' is missing",
        "6 | -1   | weights: row 220 of column 'count' is -1.0",
        "6 | inf  | weights: row 220 of column 'count' is Infinity",
        "6 | oops | weights: column 'count' has words",
      })
  void aWrongCellIsTheErrorThatItIsInMemory(int column, String wrong, String start)
      throws IOException {
    String[] lines = text(ROWS).split("\n", -1);
    String[] cells = lines[221].split(",", -1);
    cells[column] = wrong;
    lines[221] = String.join(",", cells);
    Files.writeString(file, String.join("\n", lines));
    SoftmaxTrainer trainer = SoftmaxTrainer.defaults().missingValues(MissingValues.MEAN);
    try (Backend backend = open()) {
      assertSameFailure(backend, trainer, start);
      assertSameFailure(backend, trainer.solver(Sgd.defaults()).validation(0.2), start);
    }
  }

  @Test
  void whatElseIsWrongIsTheSameErrorToo() throws IOException {
    String text = text(ROWS);
    SoftmaxTrainer trainer = SoftmaxTrainer.defaults().missingValues(MissingValues.MEAN);
    try (Backend backend = open()) {
      assertSameFailure(backend, SoftmaxTrainer.defaults(), "encode: row 3 of column 'x1'");
      assertSameFailure(backend, trainer.patience(3), "fit: a patience of 3");
      assertSameFailure(
          backend, trainer.classWeights(ClassWeights.of(Map.of("z", 1.0))), "class weights: ");
      Files.writeString(file, text + "1,2,3\n");
      assertSameFailure(backend, trainer, file + ", line 332: 3 cells");
      Files.writeString(file, text.substring(0, text.indexOf('\n') + 1));
      assertSameFailure(backend, trainer, file + ": has a header and no rows");
      Files.writeString(file, text.replace("class", "kind"));
      assertSameFailure(backend, trainer, "Table: no column 'class'");
    }
  }

  /** With three values in 60 columns each, or a word of 60. */
  private static Stream<Case> sparseCases() {
    return cases()
        .filter(of -> !of.name.contains("larger than blocks"))
        .map(of -> new Case(of.name, ofNumberedClasses(of.trainer), of.isExact));
  }

  private static SoftmaxTrainer ofNumberedClasses(SoftmaxTrainer trainer) {
    boolean areGiven = !trainer.settings().classWeights.areNone();
    return areGiven ? trainer.classWeights(ClassWeights.balanced()) : trainer;
  }

  private static String sparse(boolean areWords) {
    NumpyRandom random = new NumpyRandom(12);
    StringBuilder text = new StringBuilder(areWords ? "word,number,label\n" : "");
    for (int i = 0; i < ROWS; i++) {
      int label = random.randint(3);
      if (areWords) {
        text.append("w" + (random.randint(58) + label) + "," + random.standardNormal());
        text.append("," + label + "\n");
        continue;
      }
      text.append(label);
      for (int index = 1 + label + random.randint(15), k = 0; k < 3; k++) {
        text.append(" " + index + ":" + random.standardNormal());
        index += 1 + random.randint(20);
      }
      text.append(i == 0 ? " 60:1\n" : "\n");
    }
    return text.toString();
  }

  @ParameterizedTest
  @MethodSource("sparseCases")
  void rowsWithoutTheirZerosStaySo(Case of) throws IOException {
    double tolerance = of.isExact ? 0 : tolerance(of.trainer.settings().type);
    Path svm = folder.resolve("sparse.svm");
    Files.writeString(svm, sparse(false));
    Files.writeString(file, sparse(true));
    LabelledTable ofSvm = LibSvm.read(svm).labelledTable();
    LabelledTable ofWords = Csv.read(file).label("label");
    try (Backend backend = open()) {
      for (LabelledTable table : List.of(ofSvm, ofWords)) {
        Fit memory = of.trainer.fit(backend, table);
        assertTrue(memory.model().card().encoding().orElseThrow().isSparse(table.features()));
        LabelledStream stream =
            table == ofSvm ? LibSvm.stream(svm).label("label") : Csv.stream(file).label("label");
        assertSame(memory, fit(backend, of.trainer, stream), tolerance);
        assertNothingIsLeft(backend, svm);
      }
    }
  }

  @Test
  void sparseRowsApartMayBeDense() throws IOException {
    Path svm = folder.resolve("sparse.svm");
    Path apart = folder.resolve("apart.svm");
    Files.writeString(svm, sparse(false));
    StringBuilder text = new StringBuilder();
    for (int row = 0; row < 9; row++) {
      text.append(row % 3);
      for (int index = 1; index <= 60; index++) {
        text.append(" " + index + ":" + (row + index) % 7);
      }
      text.append('\n');
    }
    Files.writeString(apart, text);
    SoftmaxTrainer trainer =
        SoftmaxTrainer.defaults().solver(Sgd.defaults().epochs(2).batchRows(40)).calibrate(true);
    try (Backend backend = open()) {
      Fit memory =
          trainer
              .validation(LibSvm.read(apart).labelledTable())
              .fit(backend, LibSvm.read(svm).labelledTable());
      LabelledStream stream = LibSvm.stream(apart).label("label");
      Fit disk = fit(backend, trainer.validation(stream), LibSvm.stream(svm).label("label"));
      assertSame(memory, disk, 0);
      assertNothingIsLeft(backend, svm, apart);
    }
  }

  @Test
  void whoeverIsToldMayEndItAndNothingIsLeft() throws IOException {
    SoftmaxTrainer trainer =
        SoftmaxTrainer.defaults().missingValues(MissingValues.MEAN).standardize(true);
    try (Backend backend = open()) {
      Set<Preparation> seen = EnumSet.noneOf(Preparation.class);
      for (Preparation last : EnumSet.range(Preparation.READING, Preparation.COPYING)) {
        seen.clear();
        assertThrows(
            IllegalStateException.class,
            () ->
                fit(
                    backend,
                    trainer,
                    stream(),
                    step -> {
                      seen.add(step);
                      if (step == last) {
                        throw new IllegalStateException("enough");
                      }
                    }));
        assertEquals(EnumSet.range(Preparation.READING, last), seen);
        assertNothingIsLeft(backend);
      }
      assertThrows(
          IllegalStateException.class,
          () ->
              trainer.fit(
                  backend,
                  stream(),
                  folder,
                  progress -> {
                    throw new IllegalStateException("enough");
                  }));
      assertNothingIsLeft(backend);
    }
  }

  /** While the rows that are trained on are put in order, and when those held out are, too. */
  @ParameterizedTest
  @ValueSource(doubles = {0.3, 0.5, 0.9, 1})
  void thePuttingInOrderIsToldAndMayBeEnded(double end) throws IOException {
    Path svm = folder.resolve("sparse.svm");
    Files.writeString(svm, sparse(false));
    SoftmaxTrainer trainer =
        SoftmaxTrainer.defaults().solver(Sgd.defaults().epochs(1)).validation(0.3);
    List<Double> told = new ArrayList<>();
    ProgressListener listener =
        new ProgressListener() {
          @Override
          public void onProgress(Progress progress) {}

          @Override
          public void onPreparation(Preparation step, double fraction) {
            if (step == Preparation.ORDERING) {
              told.add(fraction);
              if (fraction >= end) {
                throw new IllegalStateException("enough");
              }
            }
          }
        };
    try (Backend backend = open()) {
      StreamTraining training =
          new StreamTraining(trainer, backend, new DiskSpace(folder, BLOCK_BYTES), listener);
      assertThrows(
          IllegalStateException.class, () -> training.fit(LibSvm.stream(svm).label("label")));
      assertEquals(told.stream().sorted().distinct().toList(), told);
      assertTrue(told.get(0) < 0.5 && told.get(told.size() - 1) <= 1, told::toString);
      assertNothingIsLeft(backend, svm);
    }
  }

  @Test
  void aFileThatChangesIsSeen() throws IOException {
    SoftmaxTrainer trainer = SoftmaxTrainer.defaults().missingValues(MissingValues.MEAN);
    try (Backend backend = open()) {
      for (int rows : new int[] {ROWS - 1, ROWS + 1}) {
        Files.writeString(file, text(ROWS));
        IllegalArgumentException e =
            assertThrows(
                IllegalArgumentException.class,
                () -> fit(backend, trainer, stream(), step -> replaceBy(rows)));
        assertTrue(e.getMessage().startsWith("fit: there were 330 rows"), e.getMessage());
        assertNothingIsLeft(backend);
      }
    }
  }

  private void replaceBy(int rows) {
    try {
      Files.writeString(file, text(rows));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aThreadThatIsInterruptedTrainsAllTheSame() throws IOException {
    SoftmaxTrainer trainer =
        SoftmaxTrainer.defaults()
            .missingValues(MissingValues.MEAN)
            .divideBy(100)
            .solver(Sgd.defaults().epochs(1).batchRows(40));
    try (Backend backend = open()) {
      Fit memory = trainer.fit(backend, table());
      Fit disk =
          fit(
              backend,
              trainer,
              stream(),
              step -> {
                if (step == Preparation.COPYING) {
                  Thread.currentThread().interrupt();
                }
              });
      assertTrue(Thread.interrupted());
      assertSame(memory, disk, 0);
    }
  }

  @Test
  void aFolderThatIsNotThereIsNamed() {
    try (Backend backend = open()) {
      Path none = folder.resolve("none");
      SoftmaxTrainer trainer = SoftmaxTrainer.defaults().missingValues(MissingValues.MEAN);
      IOException e = assertThrows(IOException.class, () -> trainer.fit(backend, stream(), none));
      assertTrue(e.getMessage().startsWith(none + ": is no folder"), e.getMessage());
    }
  }
}

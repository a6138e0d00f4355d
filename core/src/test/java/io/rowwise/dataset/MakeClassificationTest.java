package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.rowwise.random.NumpyRandom;
import io.rowwise.reference.Reference;
import io.rowwise.reference.ReferenceTables;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MakeClassificationTest {
  /** The last bits of scikit-learn's own X depend on its BLAS; its variants are this near. */
  private static final double TOLERANCE = 1e-14;

  static Stream<JsonNode> cases() {
    return StreamSupport.stream(
        ReferenceTables.json("make_classification.json").spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void dataAreScikitLearns(JsonNode parameters) {
    LabelledData data = fromJson(parameters).generate();
    assertArrayEquals(Reference.npy(parameters.get("y").textValue()).ints(), data.labels());
    NpyArray x = Reference.npy(parameters.get("X").textValue());
    assertArrayEquals(x.shape(), new int[] {data.rows(), data.features()});
    assertArrayEquals(x.doubles(), data.x(), TOLERANCE);
  }

  private static MakeClassification fromJson(JsonNode parameters) {
    MakeClassification make = MakeClassification.defaults();
    parameters
        .properties()
        .forEach(parameter -> set(make, parameter.getKey(), parameter.getValue()));
    return make;
  }

  private static MakeClassification set(MakeClassification make, String name, JsonNode value) {
    return switch (name) {
      case "n_samples" -> make.samples(value.intValue());
      case "n_features" -> make.features(value.intValue());
      case "n_informative" -> make.informative(value.intValue());
      case "n_redundant" -> make.redundant(value.intValue());
      case "n_repeated" -> make.repeated(value.intValue());
      case "n_classes" -> make.classes(value.intValue());
      case "n_clusters_per_class" -> make.clustersPerClass(value.intValue());
      case "weights" -> make.weights(ReferenceTables.doubles(value));
      case "flip_y" -> make.flipY(value.doubleValue());
      case "class_sep" -> make.classSeparation(value.doubleValue());
      case "hypercube" -> make.hypercube(value.booleanValue());
      case "shift" -> value.isNull() ? make.randomShift() : make.shift(value.doubleValue());
      case "scale" -> value.isNull() ? make.randomScale() : make.scale(value.doubleValue());
      case "shuffle" -> make.shuffle(value.booleanValue());
      case "random_state" -> make.randomState(value.longValue());
      case "X", "y" -> make;
      default -> throw new AssertionError("unknown parameter " + name);
    };
  }

  private static MakeClassification notebook() {
    return MakeClassification.defaults()
        .samples(10_100)
        .features(5)
        .classes(3)
        .informative(4)
        .redundant(0)
        .randomState(42);
  }

  @Test
  void theNotebooksDataAreScikitLearns() {
    LabelledData data = notebook().generate();
    assertArrayEquals(Reference.npy("notebook_42_y.npy").ints(), data.labels());
    assertArrayEquals(Reference.npy("notebook_42_X.npy").doubles(), data.x(), TOLERANCE);
  }

  @Test
  void theNotebooksDataHaveTheKnownValues() {
    LabelledData data = notebook().generate();
    double[] firstRow = {
      -0.9509497232172825,
      1.2007569637943378,
      -0.6689451069097219,
      -1.992100383624209,
      -1.5975788549369967
    };
    assertArrayEquals(firstRow, Arrays.copyOf(data.x(), 5), TOLERANCE);
    assertArrayEquals(new int[] {1, 2, 0, 1, 2, 1, 2, 0, 0, 0}, Arrays.copyOf(data.labels(), 10));
    int[] counts = new int[3];
    for (int label : data.labels()) {
      counts[label]++;
    }
    assertArrayEquals(new int[] {3369, 3358, 3373}, counts);
  }

  @Test
  void anInstanceGivesTheSameDataAgain() {
    MakeClassification make = notebook().samples(50);
    assertArrayEquals(make.generate().x(), make.generate().x());
  }

  @Test
  void aGeneratorGoesOnWhereItStands() {
    MakeClassification make = notebook().samples(50);
    double[] seeded = make.generate().x();
    make.randomState(new NumpyRandom(42));
    assertArrayEquals(seeded, make.generate().x());
    assertFalse(Arrays.equals(seeded, make.generate().x()));
  }

  @Test
  void withoutASeedEachCallDiffers() {
    // Two of 2^32 seeds may coincide, once in four billion runs.
    MakeClassification make = MakeClassification.defaults();
    assertFalse(Arrays.equals(make.generate().x(), make.generate().x()));
  }

  @Test
  void shiftAndScaleOfEachFeatureAreForThatFeature() {
    MakeClassification make =
        MakeClassification.defaults().samples(20).features(4).randomState(3).shuffle(false);
    double[] plain = make.generate().x();
    double[] shift = {1.0, 0.0, -2.0, 0.5};
    double[] scale = {2.0, -1.0, 0.0, 4.0};
    double[] changed = make.shift(shift).scale(scale).generate().x();
    for (int i = 0; i < plain.length; i++) {
      assertEquals((plain[i] + shift[i % 4]) * scale[i % 4], changed[i]);
    }
  }

  @Test
  void aCopyOfTheWeightsIsKept() {
    double[] weights = {0.9, 0.1};
    MakeClassification make = MakeClassification.defaults().flipY(0).weights(weights);
    weights[0] = 0.1;
    assertEquals(
        90, make.generate().labels().length - Arrays.stream(make.generate().labels()).sum());
  }

  /** scikit-learn's slices end at the last row, so that the last clusters get what is left. */
  @Test
  void weightsOfASumAboveOneLeaveLessForTheLastClusters() {
    int[] labels =
        MakeClassification.defaults()
            .samples(10)
            .clustersPerClass(1)
            .weights(0.8, 0.8)
            .flipY(0)
            .shuffle(false)
            .generate()
            .labels();
    assertArrayEquals(new int[] {0, 0, 0, 0, 0, 0, 0, 0, 1, 1}, labels);
  }

  @Test
  void weightsOfASumBelowOneLeaveRowsToTheClustersInTurn() {
    int[] labels =
        MakeClassification.defaults()
            .samples(7)
            .clustersPerClass(1)
            .weights(0.5, 0.0)
            .flipY(0)
            .shuffle(false)
            .generate()
            .labels();
    assertArrayEquals(new int[] {0, 0, 0, 0, 0, 1, 1}, labels);
  }

  @Test
  void oneClassIsPossible() {
    LabelledData data = MakeClassification.defaults().classes(1).flipY(1).generate();
    assertEquals(0, Arrays.stream(data.labels()).max().orElseThrow());
  }

  @Test
  void everyCornerOfTheHypercubeCanHaveACluster() {
    LabelledData data =
        MakeClassification.defaults()
            .samples(4000)
            .features(3)
            .informative(3)
            .redundant(0)
            .classes(8)
            .clustersPerClass(1)
            .flipY(0)
            .classSeparation(1000)
            .shuffle(false)
            .randomState(1)
            .generate();
    // Each corner is far from 0 beside the unit normals, so that the signs are its coordinates.
    for (int row = 0; row < data.rows(); row++) {
      int corner = 0;
      for (int j = 0; j < 3; j++) {
        corner = 2 * corner + (data.x()[3 * row + j] > 0 ? 1 : 0);
      }
      // All corners are taken, so scikit-learn takes them in order.
      assertEquals(data.labels()[row], corner);
    }
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake("samples: 0, want at least 1", make -> make.samples(0)),
        mistake("features: -1, want at least 1", make -> make.features(-1)),
        mistake("informative: 0, want at least 1", make -> make.informative(0)),
        mistake("redundant: -1, want at least 0", make -> make.redundant(-1)),
        mistake("repeated: -1, want at least 0", make -> make.repeated(-1)),
        mistake("classes: 0, want at least 1", make -> make.classes(0)),
        mistake("clustersPerClass: 0, want at least 1", make -> make.clustersPerClass(0)),
        mistake("flipY: 1.5 is outside 0..1", make -> make.flipY(1.5)),
        mistake("flipY: NaN is outside 0..1", make -> make.flipY(Double.NaN)),
        mistake("classSeparation: 0.0, want more than 0", make -> make.classSeparation(0)),
        mistake("shift: NaN, want a finite number", make -> make.shift(Double.NaN)),
        mistake("scale: -1.0, want more than 0", make -> make.scale(-1)),
        mistake("scale: Infinity, want a finite number", make -> make.scale(1 / 0.0)),
        mistake("weights: -0.1 for class 1 is outside 0..1", make -> make.weights(0.5, -0.1)),
        mistake(
            "seed: -1 is outside 0..4294967295, the seeds that NumPy takes",
            make -> make.randomState(-1)),
        mistake(
            "features: 3 are fewer than the 4 of 2 informative, 2 redundant and 0 repeated ones",
            make -> make.features(3).generate()),
        mistake(
            "informative: the hypercube of 2 informative features has 4 corners, too few for 3"
                + " classes of 2 clusters",
            make -> make.classes(3).generate()),
        mistake(
            "weights: 3 values for 2 classes, want one for each, or for each but the last",
            make -> make.weights(0.1, 0.2, 0.3).generate()),
        mistake(
            "weights: the sum is 1.5, which leaves nothing for the last class",
            make -> make.informative(4).classes(3).weights(0.75, 0.75).generate()),
        mistake("shift: 3 values for 20 features", make -> make.shift(new double[3]).generate()),
        mistake("scale: 0 values for 20 features", make -> make.scale(new double[0]).generate()),
        mistake(
            "samples x features: 200000000 x 20 values are more than a Java array holds,"
                + " 2147483639",
            make -> make.samples(200_000_000).generate()));
  }

  private static Arguments mistake(String message, Mistake mistake) {
    return Arguments.of(message, mistake);
  }

  /** A use of the builder that must fail. */
  private interface Mistake {
    Object make(MakeClassification defaults);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void mistakesAreNamed(String message, Mistake mistake) {
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> mistake.make(MakeClassification.defaults()));
    assertEquals(message, e.getMessage());
  }
}

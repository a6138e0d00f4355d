package io.rowwise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The composition of the cross-entropy takes some rows at a time, which nobody sees. */
final class CrossEntropyBlocksTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 5, 6, 14, 15, 1000})
  void theSizeOfABlockDoesNotMatter(int elements) {
    int rows = 7;
    int classes = 3;
    double[] logits = new Random(1).doubles(21, -9, 9).toArray();
    double[] targets = new Random(2).doubles(21).toArray();
    logits[4] = Double.NEGATIVE_INFINITY;
    targets[4] = 0;
    double expected = 0;
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      for (int j = 0; j < classes; j++) {
        sum += Math.exp(logits[row * classes + j]);
      }
      for (int j = 0; j < classes; j++) {
        double target = targets[row * classes + j];
        expected -= target == 0 ? 0 : target * (logits[row * classes + j] - Math.log(sum)) / rows;
      }
    }
    try (Backend backend = new ReferenceBackend();
        Matrix z = backend.matrix(rows, classes, logits);
        Matrix y = backend.matrix(rows, classes, targets);
        Matrix loss = backend.matrix(1, 1, new double[1]);
        CrossEntropy crossEntropy =
            CrossEntropy.TYPE.checked(backend, new ComposedCrossEntropy(backend, elements))) {
      // Twice, since the second time the scratch memory is there.
      for (int pass = 0; pass < 2; pass++) {
        crossEntropy.apply(z, Targets.ofProbabilities(y), loss);
        // Some twenty roundings.
        assertEquals(expected, loss.toDoubles()[0], 1e-14 * expected);
      }
    }
  }
}

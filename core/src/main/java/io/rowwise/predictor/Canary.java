package io.rowwise.predictor;

import java.util.Arrays;
import java.util.Locale;

/**
 * A question with a known answer, which a model is asked before it takes the place of another. See
 * {@link SwappablePredictor}.
 */
@FunctionalInterface
public interface Canary {
  /**
   * Asks the candidate.
   *
   * @param candidate ready, and not yet asked by anybody else; to be left open
   * @return whether it answers as it should
   * @throws Exception if it does not, with the reason
   */
  boolean passes(Predictor candidate) throws Exception;

  /**
   * Rows whose probabilities are known.
   *
   * @param x rows x features numbers, of at least one row; copied
   * @param expected rows x classes probabilities; copied
   * @param tolerance by how much each may differ
   */
  static Canary probabilities(double[] x, double[] expected, double tolerance) {
    double[] rows = x.clone();
    double[] wanted = expected.clone();
    return candidate -> {
      double[] actual = candidate.predict(rows, rows.length / candidate.features());
      if (actual.length != wanted.length) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "it answers with %d probabilities, wanted %d",
                actual.length,
                wanted.length));
      }
      int classes = candidate.classNames().size();
      for (int i = 0; i < wanted.length; i++) {
        // Not the other way round, which NaN would pass.
        if (!(Math.abs(actual[i] - wanted[i]) <= tolerance)) {
          throw new IllegalStateException(
              String.format(
                  Locale.ROOT,
                  "row %d has probability %s of class '%s', wanted %s within %s",
                  i / classes,
                  actual[i],
                  candidate.classNames().get(i % classes),
                  wanted[i],
                  tolerance));
        }
      }
      return wanted.length > 0;
    };
  }

  /**
   * One row whose most probable class is known.
   *
   * @param x features numbers; copied
   * @param className what the class is called
   */
  static Canary mostProbable(double[] x, String className) {
    double[] row = Arrays.copyOf(x, x.length);
    return candidate -> {
      ClassProbability best = candidate.topClasses(row, 1).get(0);
      // Not the other way round, which NaN would pass.
      if (!(best.probability() >= 0) || !best.name().equals(className)) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "its most probable class is '%s' with %s, wanted '%s'",
                best.name(),
                best.probability(),
                className));
      }
      return true;
    };
  }
}

package io.rowwise.metric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The area under the ROC curve of a class against all others: how probable it is that a row of the
 * class scores higher than a row of another one, an equal score counting half. This is the
 * Mann-Whitney statistic with mid-ranks (J. Hanley, B. McNeil, <i>The meaning and use of the area
 * under a ROC curve</i>, 1982).
 */
final class RocAuc {
  private RocAuc() {}

  /**
   * That of each class.
   *
   * @param scores rows x classes, row-major, without NaN; may be longer
   * @param labels may be longer
   * @param weights may be longer; null if each row counts once
   * @return empty for a class that no row has, or that all have
   */
  static List<OptionalDouble> ofEachClass(
      double[] scores, int[] labels, double[] weights, int rows, int classes) {
    List<OptionalDouble> areas = new ArrayList<>(classes);
    double[] column = new double[rows];
    for (int classIndex = 0; classIndex < classes; classIndex++) {
      for (int row = 0; row < rows; row++) {
        // -0.0 and 0.0 are one score, which sorting and searching would tell apart.
        column[row] = scores[row * classes + classIndex] + 0.0;
      }
      areas.add(ofClass(column, labels, weights, classIndex));
    }
    return areas;
  }

  private static OptionalDouble ofClass(
      double[] column, int[] labels, double[] weights, int classIndex) {
    double[] levels = distinct(column);
    CompensatedSums ofClass = new CompensatedSums(levels.length);
    CompensatedSums ofOthers = new CompensatedSums(levels.length);
    for (int row = 0; row < column.length; row++) {
      CompensatedSums side = labels[row] == classIndex ? ofClass : ofOthers;
      side.add(Arrays.binarySearch(levels, column[row]), weights == null ? 1 : weights[row]);
    }
    CompensatedSums area = new CompensatedSums(1);
    CompensatedSums below = new CompensatedSums(1);
    for (int level = 0; level < levels.length; level++) {
      area.add(0, ofClass.get(level) * (below.get(0) + ofOthers.get(level) / 2));
      below.add(0, ofOthers.get(level));
    }
    double pairs = CompensatedSums.of(ofClass.toArray()) * below.get(0);
    return pairs > 0 ? OptionalDouble.of(area.get(0) / pairs) : OptionalDouble.empty();
  }

  private static double[] distinct(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int count = 0;
    for (double value : sorted) {
      if (count == 0 || value != sorted[count - 1]) {
        sorted[count++] = value;
      }
    }
    return Arrays.copyOf(sorted, count);
  }
}

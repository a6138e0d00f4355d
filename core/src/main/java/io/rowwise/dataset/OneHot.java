package io.rowwise.dataset;

import io.rowwise.array.ArrayLength;

/**
 * Labels as rows of a matrix: a 1 in the column of the class, 0 in all others. Thread-safe: it
 * keeps nothing.
 */
public final class OneHot {
  private OneHot() {}

  /**
   * The labels as rows.
   *
   * @param labels the class of each row, 0 to {@code classes - 1}
   * @param classes how many columns a row has, at least 1
   * @return {@code labels.length} x {@code classes}, row-major
   * @throws IllegalArgumentException if a label is out of range, or the result is too large for an
   *     array
   */
  public static double[] encode(int[] labels, int classes) {
    checkLabels("encode", labels, classes);
    long size = (long) labels.length * classes;
    if (size > ArrayLength.LARGEST) {
      throw new IllegalArgumentException(
          "encode: "
              + labels.length
              + " rows of "
              + classes
              + " classes are more than a Java array holds, "
              + ArrayLength.LARGEST);
    }
    double[] rows = new double[(int) size];
    for (int i = 0; i < labels.length; i++) {
      rows[i * classes + labels[i]] = 1.0;
    }
    return rows;
  }

  /**
   * The labels as rows.
   *
   * @param labels the class of each row, 0 to {@code classes - 1}
   * @param classes how many columns a row has, at least 1
   * @return {@code labels.length} x {@code classes}, row-major
   * @throws IllegalArgumentException if a label is out of range, or the result is too large for an
   *     array
   */
  public static double[] encode(long[] labels, int classes) {
    requireClasses("encode", classes);
    int[] narrowed = new int[labels.length];
    for (int i = 0; i < labels.length; i++) {
      requireLabel("encode", labels[i], i, classes);
      narrowed[i] = (int) labels[i];
    }
    return encode(narrowed, classes);
  }

  /**
   * The labels that {@link #encode(int[], int)} made these rows of.
   *
   * @param rows rows x {@code classes}, row-major; each row has one 1 and otherwise 0. For
   *     probabilities, take the largest of each row instead
   * @param classes how many columns a row has, at least 1
   * @return the class of each row, 0 to {@code classes - 1}
   * @throws IllegalArgumentException if the values are not whole rows, or a row is not one-hot
   */
  public static int[] decode(double[] rows, int classes) {
    if (classes < 1 || rows.length % classes != 0) {
      throw new IllegalArgumentException(
          "decode: " + rows.length + " values are not whole rows of " + classes + " classes");
    }
    int[] labels = new int[rows.length / classes];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = decodeRow(rows, i, classes);
    }
    return labels;
  }

  /**
   * The labels of rows of {@code float}, as {@link #decode(double[], int)}.
   *
   * @param rows rows x {@code classes}, row-major; each row has one 1 and otherwise 0
   * @param classes how many columns a row has, at least 1
   * @return the class of each row, 0 to {@code classes - 1}
   * @throws IllegalArgumentException if the values are not whole rows, or a row is not one-hot
   */
  public static int[] decode(float[] rows, int classes) {
    double[] widened = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      widened[i] = rows[i];
    }
    return decode(widened, classes);
  }

  private static int decodeRow(double[] rows, int row, int classes) {
    int label = -1;
    for (int c = 0; c < classes; c++) {
      double value = rows[row * classes + c];
      if (value == 1.0 && label < 0) {
        label = c;
      } else if (value != 0.0) {
        throw new IllegalArgumentException(
            "decode: row "
                + row
                + " has "
                + value
                + " in column "
                + c
                + ", want a single 1 and otherwise 0");
      }
    }
    if (label < 0) {
      throw new IllegalArgumentException("decode: row " + row + " has no 1, want exactly one");
    }
    return label;
  }

  /** The one place that says what a label may be. */
  static void checkLabels(String operation, int[] labels, int classes) {
    requireClasses(operation, classes);
    for (int i = 0; i < labels.length; i++) {
      requireLabel(operation, labels[i], i, classes);
    }
  }

  private static void requireClasses(String operation, int classes) {
    if (classes < 1) {
      throw new IllegalArgumentException(operation + ": " + classes + " classes, want at least 1");
    }
  }

  private static void requireLabel(String operation, long label, int row, int classes) {
    if (label < 0 || label >= classes) {
      throw new IllegalArgumentException(
          operation + ": label " + label + " at row " + row + " is outside 0.." + (classes - 1));
    }
  }
}

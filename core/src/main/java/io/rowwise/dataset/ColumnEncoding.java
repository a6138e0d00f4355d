package io.rowwise.dataset;

import io.rowwise.file.Quoted;
import io.rowwise.kernel.SparseRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How the cells of one column become numbers. Immutable. */
sealed interface ColumnEncoding {
  /** As messages call it. */
  String OPERATION = "encode";

  String name();

  List<String> featureNames();

  /**
   * Encodes some rows of a column into every {@code features}-th row of a matrix.
   *
   * @param into row-major; the first row's first number goes to {@code offset}
   */
  void encode(Column column, int fromRow, int toRow, double[] into, int offset, int features);

  /**
   * Encodes some rows of a column without its zeros.
   *
   * @param into gets the rows from 0 on
   * @param feature the first of this column
   */
  void encodeSparse(Column column, int fromRow, int toRow, SparseRows.Builder into, int feature);

  /**
   * The number itself.
   *
   * @param replacement what stands for a missing number; NaN if that is an error
   */
  record Numbers(String name, double replacement) implements ColumnEncoding {
    @Override
    public List<String> featureNames() {
      return List.of(name);
    }

    @Override
    public void encode(
        Column column, int fromRow, int toRow, double[] into, int offset, int features) {
      int place = offset;
      for (int row = fromRow; row < toRow; row++) {
        double value =
            column instanceof NumberColumn numbers ? numbers.value(row) : numberOfText(column, row);
        into[place] = checked(row, value);
        place += features;
      }
    }

    @Override
    public void encodeSparse(
        Column column, int fromRow, int toRow, SparseRows.Builder into, int feature) {
      if (column instanceof NumberColumn numbers && numbers.sparse() != null) {
        numbers
            .sparse()
            .visit(
                fromRow,
                toRow,
                (row, value) -> into.add(row - fromRow, feature, checked(row, value)));
      } else {
        double[] values = new double[toRow - fromRow];
        encode(column, fromRow, toRow, values, 0, 1);
        for (int i = 0; i < values.length; i++) {
          into.add(i, feature, values[i]);
        }
      }
    }

    private double checked(int row, double number) {
      double value = Double.isNaN(number) ? replacement : number;
      if (Double.isNaN(value)) {
        throw new CellException(
            CellException.Kind.MISSING,
            OPERATION,
            row,
            name,
            " is missing, want a number",
            "; take such rows out, or make the encoding by MissingValues.MEAN or MEDIAN");
      }
      if (Double.isInfinite(value)) {
        throw new CellException(
            CellException.Kind.NOT_A_NUMBER,
            OPERATION,
            row,
            name,
            " is " + value + ", want a finite number",
            "");
      }
      return value;
    }

    private double numberOfText(Column column, int row) {
      String text = column.text(row);
      if (text == null) {
        return Double.NaN;
      }
      double value = NumberText.parse(text);
      if (Double.isNaN(value)) {
        throw new CellException(
            CellException.Kind.NOT_A_NUMBER,
            OPERATION,
            row,
            name,
            ": " + Quoted.of(text) + " is not a number",
            "");
      }
      return value;
    }
  }

  /** A 1 for the word of the row, a 0 for each other word. */
  final class Words implements ColumnEncoding {
    private final String name;
    private final List<String> categories;
    private final MissingValues missing;
    private final UnknownWords unknown;
    private final Map<String, Integer> placeOfWord = new HashMap<>();

    /** The categories are known to be different. */
    Words(String name, List<String> categories, MissingValues missing, UnknownWords unknown) {
      this.name = name;
      this.categories = categories;
      this.missing = missing;
      this.unknown = unknown;
      for (String word : categories) {
        placeOfWord.put(word, placeOfWord.size());
      }
    }

    @Override
    public String name() {
      return name;
    }

    List<String> categories() {
      return categories;
    }

    @Override
    public List<String> featureNames() {
      List<String> names = new ArrayList<>();
      categories.forEach(word -> names.add(name + "=" + word));
      return names;
    }

    @Override
    public void encode(
        Column column, int fromRow, int toRow, double[] into, int offset, int features) {
      int place = offset;
      for (int row = fromRow; row < toRow; row++) {
        Arrays.fill(into, place, place + categories.size(), 0.0);
        int category = category(column, row);
        if (category >= 0) {
          into[place + category] = 1.0;
        }
        place += features;
      }
    }

    @Override
    public void encodeSparse(
        Column column, int fromRow, int toRow, SparseRows.Builder into, int feature) {
      for (int row = fromRow; row < toRow; row++) {
        int category = category(column, row);
        if (category >= 0) {
          into.add(row - fromRow, feature + category, 1);
        }
      }
    }

    /** The place of a row's word among the categories, or -1 where it is none of them. */
    private int category(Column column, int row) {
      String text = column.text(row);
      Integer word = placeOfWord.get(text);
      if (word != null) {
        return word;
      }
      if (text == null && missing == MissingValues.ERROR) {
        throw new CellException(
            CellException.Kind.MISSING,
            OPERATION,
            row,
            name,
            " is missing, want a word",
            "; take such rows out, or make the encoding by MissingValues.MEAN or MEDIAN, which"
                + " take a missing word for none of them");
      }
      if (text != null && unknown == UnknownWords.ERROR) {
        throw new CellException(
            CellException.Kind.UNKNOWN,
            OPERATION,
            row,
            name,
            ": " + ColumnNames.unknown("word", text, categories),
            " (or make the encoding by UnknownWords.ZEROS)");
      }
      return -1;
    }
  }
}

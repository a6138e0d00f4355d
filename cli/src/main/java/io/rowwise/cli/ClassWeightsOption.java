package io.rowwise.cli;

import io.rowwise.dataset.Csv;
import io.rowwise.dataset.CsvFormat;
import io.rowwise.dataset.NumberColumn;
import io.rowwise.dataset.Table;
import io.rowwise.trainer.ClassWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What {@code --class-weights} takes: {@code none}, {@code balanced}, or the name of a file. */
final class ClassWeightsOption {
  private static final String CLASS = "class";
  private static final String WEIGHT = "weight";

  private ClassWeightsOption() {}

  static ClassWeights of(String given) throws IOException, FailedException {
    if (given.equals("none")) {
      return ClassWeights.none();
    }
    if (given.equals("balanced")) {
      return ClassWeights.balanced();
    }
    Table table = Csv.read(Path.of(given), CsvFormat.DEFAULT);
    if (!table.has(CLASS)
        || !table.has(WEIGHT)
        || !(table.column(WEIGHT) instanceof NumberColumn numbers)) {
      throw new FailedException(
          given
              + ": has the columns "
              + table.columnNames()
              + ", want class and weight, the latter of numbers");
    }
    Map<String, Double> byName = new LinkedHashMap<>();
    for (int row = 0; row < table.rows(); row++) {
      byName.put(String.valueOf(table.column(CLASS).text(row)), numbers.value(row));
    }
    try {
      return ClassWeights.of(byName);
    } catch (IllegalArgumentException e) {
      throw new FailedException(given + ": " + e.getMessage(), e);
    }
  }
}

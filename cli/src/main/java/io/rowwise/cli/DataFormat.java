package io.rowwise.cli;

import java.nio.file.Path;
import java.util.Locale;

/** How a file holds its data. */
enum DataFormat {
  CSV,
  NPY,
  IDX,
  LIBSVM,
  PARQUET;

  /** By the file's name, with or without {@code .gz}; CSV if it says nothing else. */
  static DataFormat of(Path path) {
    Path last = path.getFileName();
    String name = last == null ? "" : last.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".gz")) {
      name = name.substring(0, name.length() - ".gz".length());
    }
    if (name.endsWith(".npy")) {
      return NPY;
    }
    if (name.endsWith("-ubyte") || name.matches(".*\\.idx\\d*")) {
      return IDX;
    }
    if (name.matches(".*\\.(parquet|pq)")) {
      return PARQUET;
    }
    return name.matches(".*\\.(libsvm|svmlight|svm)") ? LIBSVM : CSV;
  }
}

package io.rowwise.cli;

import io.rowwise.dataset.CsvFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How the data of a command are written down. */
final class InputOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--format",
      paramLabel = "csv|npy|idx|libsvm|parquet",
      description = "What the data are in; by default what the file's name says.")
  private DataFormat format;

  @Option(
      names = "--separator",
      paramLabel = "CHARACTER",
      description = "Between two cells of CSV, or 'tab'; by default found from the first line.")
  private String separator;

  @Option(
      names = "--no-header",
      description = "The first line of CSV is a row; the columns are then x0, x1, ...")
  private boolean noHeader;

  private DataFormat format(Path path) {
    return format == null ? DataFormat.of(path) : format;
  }

  /** Of what comes by a pipe, which has no name. */
  void requireCsv() throws FailedException {
    if (format != null && format != DataFormat.CSV) {
      throw new FailedException("standard input: is read as CSV only; give a file");
    }
  }

  CsvFormat csv() {
    CsvFormat csv = CsvFormat.DEFAULT.header(!noHeader);
    if (separator == null) {
      return csv;
    }
    String given = separator.equals("tab") || separator.equals("\\t") ? "\t" : separator;
    if (given.length() != 1) {
      throw new ParameterException(
          spec.commandLine(),
          "--separator is '" + separator + "', want one character, or the word tab");
    }
    try {
      return csv.separator(given.charAt(0));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--separator: " + e.getMessage(), e);
    }
  }

  /** The file of the rows. */
  DataFile file(Path path) throws FailedException {
    return file(path, format(path));
  }

  /** The file of the labels alone, whose format is always what its name says. */
  DataFile labels(Path path) throws FailedException {
    return file(path, DataFormat.of(path));
  }

  private DataFile file(Path path, DataFormat itsFormat) throws FailedException {
    if (Files.isDirectory(path)) {
      throw new FailedException(path + ": is a folder, want a file");
    }
    return new DataFile(path, itsFormat, csv());
  }
}

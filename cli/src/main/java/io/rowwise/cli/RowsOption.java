package io.rowwise.cli;

import io.rowwise.cli.parquet.ParquetReader;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where the rows to train on are kept. */
final class RowsOption {
  /** By the names of the option. */
  enum Place {
    MEMORY,
    DISK
  }

  /** Of a table in memory, which takes up to eight times its text for a moment. */
  private static final int PART_OF_HEAP = 4;

  /** How much longer a file is than compressed, at most as a rule. */
  private static final int GZIP_RATIO = 8;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--rows",
      paramLabel = "memory|disk",
      description =
          "Where the rows are kept; by default on disk, beside the model, if they are more than a"
              + " quarter of Java's heap.")
  private Place place;

  /** Whether the rows are to be kept on disk. */
  boolean areOnDisk(DataFile data) throws IOException {
    boolean canBeReadAgain = Files.isRegularFile(data.path());
    if (place == Place.DISK && !canBeReadAgain) {
      throw new ParameterException(
          spec.commandLine(),
          "--rows disk takes a file that can be read again, and " + data.path() + " cannot");
    }
    return place == Place.DISK || (place == null && canBeReadAgain && isLarge(data));
  }

  private static boolean isLarge(DataFile data) throws IOException {
    return size(data) * PART_OF_HEAP > Runtime.getRuntime().maxMemory();
  }

  /** Of the file, unpacked, or of the numbers of a table. */
  private static double size(DataFile data) throws IOException {
    if (data.format() == DataFormat.PARQUET) {
      try (ParquetReader reader = ParquetReader.open(data.path())) {
        return (double) reader.rows() * reader.columnNames().size() * Double.BYTES;
      }
    }
    boolean isCompressed = data.path().toString().toLowerCase(Locale.ROOT).endsWith(".gz");
    return (double) Files.size(data.path()) * (isCompressed ? GZIP_RATIO : 1);
  }
}

package io.rowwise.cli;

import io.rowwise.dataset.MissingValues;
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

  /** How much longer a text is than compressed, at most as a rule. */
  private static final int GZIP_RATIO = 8;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--rows",
      paramLabel = "memory|disk",
      description =
          "Where the rows are kept; by default on disk, beside the model, if they are CSV of more"
              + " than a quarter of Java's heap.")
  private Place place;

  /**
   * Whether the rows are to be kept on disk.
   *
   * @param labelsApart whether the labels are in a file of their own
   * @param missing null for the default
   */
  boolean areOnDisk(DataFile data, boolean labelsApart, MissingValues missing) throws IOException {
    String obstacle = null;
    if (!data.isCsv()) {
      obstacle = "CSV, and " + data.path() + " is " + data.format().name().toLowerCase(Locale.ROOT);
    } else if (!Files.isRegularFile(data.path())) {
      obstacle = "a file that can be read again, and " + data.path() + " cannot";
    } else if (labelsApart) {
      obstacle = "the labels in a column of the same file, by --label";
    } else if (missing == MissingValues.MEDIAN) {
      obstacle = "no medians; give --missing mean";
    }
    if (place == Place.DISK && obstacle != null) {
      throw new ParameterException(spec.commandLine(), "--rows disk takes " + obstacle);
    }
    return place == Place.DISK || (place == null && obstacle == null && isLarge(data));
  }

  private static boolean isLarge(DataFile data) throws IOException {
    boolean isCompressed = data.path().toString().toLowerCase(Locale.ROOT).endsWith(".gz");
    long text = Files.size(data.path()) * (isCompressed ? GZIP_RATIO : 1);
    return text > Runtime.getRuntime().maxMemory() / PART_OF_HEAP;
  }
}

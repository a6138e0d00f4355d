package io.rowwise.benchmarks.report;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An epoch's numbers, as its benchmark writes them: {@code 60000x784/10/128}. */
record EpochShape(int rows, int features, int classes, int batchRows) {
  /** From which one number at a time is changed. */
  static final EpochShape BASE = new EpochShape(60_000, 784, 10, 128);

  private static final Pattern TEXT = Pattern.compile("(\\d+)x(\\d+)/(\\d+)/(\\d+)");

  /** One of the numbers. */
  enum Axis {
    ROWS("rows"),
    FEATURES("features"),
    CLASSES("classes"),
    BATCH_ROWS("rows of a batch");

    private final String word;

    Axis(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }

    int of(EpochShape shape) {
      return switch (this) {
        case ROWS -> shape.rows;
        case FEATURES -> shape.features;
        case CLASSES -> shape.classes;
        case BATCH_ROWS -> shape.batchRows;
      };
    }
  }

  static EpochShape parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          text + " is no epoch's shape, wanted rows x features / classes / rows of a batch");
    }
    return new EpochShape(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3)),
        Integer.parseInt(matcher.group(4)));
  }

  boolean equalsBaseExceptFor(Axis axis) {
    return Arrays.stream(Axis.values())
        .allMatch(each -> each == axis || each.of(this) == each.of(BASE));
  }

  /** In words, with a letter for one of them. */
  String exceptFor(Axis axis) {
    StringBuilder words = new StringBuilder();
    for (Axis each : Axis.values()) {
      if (!words.isEmpty()) {
        words.append(", ");
      }
      words.append(each == axis ? "n" : String.valueOf(each.of(this)));
      words.append(' ').append(each.word());
    }
    return words.toString();
  }
}

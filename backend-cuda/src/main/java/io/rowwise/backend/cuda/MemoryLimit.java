package io.rowwise.backend.cuda;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much of a device's memory the backend may take: {@code -Drowwise.cuda.memory=}. */
final class MemoryLimit {
  static final String PROPERTY = "rowwise.cuda.memory";

  private static final Pattern SIZE = Pattern.compile("(\\d{1,15})([kmg]?)");

  private MemoryLimit() {}

  /**
   * The limit in bytes.
   *
   * @param whole the device's memory, the limit where the property says nothing
   * @throws IllegalArgumentException if the property is not a size
   */
  static long of(long whole) {
    String value = System.getProperty(PROPERTY);
    if (value == null) {
      return whole;
    }
    Matcher size = SIZE.matcher(value);
    if (!size.matches()) {
      throw new IllegalArgumentException(
          "-D%s=%s: wanted bytes, such as 4000000000, 4000m or 4g".formatted(PROPERTY, value));
    }
    int shift =
        switch (size.group(2)) {
          case "k" -> 10;
          case "m" -> 20;
          case "g" -> 30;
          default -> 0;
        };
    return Math.min(whole, Long.parseLong(size.group(1)) << shift);
  }
}

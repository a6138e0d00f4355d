package io.rowwise.backend;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * System properties, read in one way: spaces around a value do not count, and a value that is not
 * known is an {@link IllegalArgumentException} that names the property and what it may be.
 *
 * <p>For backends and kernels from outside as well. Each call reads anew. Safe for use by many
 * threads.
 */
public final class Settings {
  private static final Pattern SIZE = Pattern.compile("(\\d+)([kKmMgGtT]?)");
  private static final int MOST_DIGITS = 18;

  private Settings() {}

  /** What a property is set to, without spaces around it; empty if it is not set. */
  public static Optional<String> text(String property) {
    return Optional.ofNullable(System.getProperty(property)).map(String::strip);
  }

  /**
   * One of some words.
   *
   * @param otherwise where the property is not set
   * @param allowed the words, {@code otherwise} among them
   * @throws IllegalArgumentException if it is set to another
   */
  public static String choice(String property, String otherwise, String... allowed) {
    String value = text(property).orElse(otherwise);
    for (String each : allowed) {
      if (each.equals(value)) {
        return value;
      }
    }
    throw unknown(property, value, "choose " + String.join(" or ", allowed));
  }

  /**
   * Whether a property is {@code on}.
   *
   * @param otherwise where it is not set
   * @throws IllegalArgumentException if it is neither {@code on} nor {@code off}
   */
  public static boolean isOn(String property, boolean otherwise) {
    return choice(property, otherwise ? "on" : "off", "on", "off").equals("on");
  }

  /**
   * Whether a property is {@code true}.
   *
   * @param otherwise where it is not set
   * @throws IllegalArgumentException if it is neither {@code true} nor {@code false}
   */
  public static boolean isTrue(String property, boolean otherwise) {
    return choice(property, String.valueOf(otherwise), "true", "false").equals("true");
  }

  /**
   * A whole number; empty where the property is not set.
   *
   * @throws IllegalArgumentException if it is set to anything but a number from {@code least} to
   *     {@code most}
   */
  public static OptionalInt count(String property, int least, int most) {
    Optional<String> value = text(property);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      int count = Integer.parseInt(value.get());
      if (count >= least && count <= most) {
        return OptionalInt.of(count);
      }
    } catch (NumberFormatException e) {
      // Told below, like every other value that is not one of these.
    }
    throw unknown(
        property,
        value.get(),
        String.format(Locale.ROOT, "wanted a whole number from %d to %d", least, most));
  }

  /**
   * A size in bytes, such as {@code 4000000000}, {@code 4000m} or {@code 4g}, in capitals as well;
   * empty where the property is not set. A size beyond a {@code long} is {@link Long#MAX_VALUE}.
   *
   * @throws IllegalArgumentException if it is set to anything else, or to 0
   */
  public static OptionalLong bytes(String property) {
    Optional<String> value = text(property);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    Matcher size = SIZE.matcher(value.get());
    if (size.matches()) {
      String digits = size.group(1).replaceFirst("^0+", "");
      if (!digits.isEmpty()) {
        return OptionalLong.of(
            digits.length() > MOST_DIGITS
                ? Long.MAX_VALUE
                : saturated(Long.parseLong(digits), shift(size.group(2))));
      }
    }
    throw unknown(
        property,
        value.get(),
        "wanted a number of bytes, more than 0, such as 4000000000, 4000m or 4g");
  }

  private static int shift(String unit) {
    return switch (unit.toLowerCase(Locale.ROOT)) {
      case "k" -> 10;
      case "m" -> 20;
      case "g" -> 30;
      case "t" -> 40;
      default -> 0;
    };
  }

  private static long saturated(long number, int shift) {
    return number > Long.MAX_VALUE >> shift ? Long.MAX_VALUE : number << shift;
  }

  private static IllegalArgumentException unknown(String property, String value, String wanted) {
    return new IllegalArgumentException(
        String.format(Locale.ROOT, "-D%s=%s: %s", property, value, wanted));
  }
}

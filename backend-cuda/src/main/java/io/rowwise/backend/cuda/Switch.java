package io.rowwise.backend.cuda;

/** A system property that is {@code on} or {@code off}. */
final class Switch {
  private Switch() {}

  /**
   * Its position.
   *
   * @param otherwise where it is not set
   * @throws IllegalArgumentException if it is neither on nor off
   */
  static boolean isOn(String property, boolean otherwise) {
    String position = System.getProperty(property);
    if (position == null) {
      return otherwise;
    }
    return switch (position) {
      case "on" -> true;
      case "off" -> false;
      default ->
          throw new IllegalArgumentException(
              "-D%s=%s: choose on or off".formatted(property, position));
    };
  }
}

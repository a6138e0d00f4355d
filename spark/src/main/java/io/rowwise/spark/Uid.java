package io.rowwise.spark;

/**
 * The uid of a stage that is being made. The constructors of Spark's own classes ask for it, to
 * name the parent of their params, before a class in Java could have set a field; from here it can
 * be answered.
 */
final class Uid {
  private static final ThreadLocal<String> PENDING = new ThreadLocal<>();

  private final String value;

  private Uid(String value) {
    this.value = value;
  }

  /** To be called before the constructor of Spark's class is. */
  static Uid begin(String value) {
    PENDING.set(value);
    return new Uid(value);
  }

  /** What Spark's constructor is to get. */
  static String pending() {
    return PENDING.get();
  }

  /** To be called after it. */
  String end() {
    PENDING.remove();
    return value;
  }
}

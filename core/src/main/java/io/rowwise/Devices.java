package io.rowwise;

/** Prints what {@link Rowwise#describe} says. */
public final class Devices {
  private Devices() {}

  /**
   * The command: {@code java -cp ... io.rowwise.Devices}.
   *
   * @param arguments none
   */
  public static void main(String[] arguments) {
    System.out.println(Rowwise.describe());
  }
}

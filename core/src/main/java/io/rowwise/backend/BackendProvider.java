package io.rowwise.backend;

import java.util.List;
import java.util.OptionalInt;

/**
 * How a backend is found. Name an implementation with a public constructor without arguments in
 * {@code META-INF/services/io.rowwise.backend.BackendProvider}; making one must cost nothing and
 * touch no native code.
 */
public interface BackendProvider {
  /** The name that {@code -Dbackend} asks for: {@code cpu}, {@code cuda}. */
  String name();

  /** Among the providers, {@code auto} tries the highest first. The CPU has 0, CUDA 100. */
  int priority();

  /**
   * Whether {@code auto} may choose it. One that may not is there for who asks for it by name; it
   * is opened for nobody else, {@link Backends#describe} included, so that it may take long and
   * change the process. Its priority means nothing then.
   */
  default boolean isAutomatic() {
    return true;
  }

  /**
   * Opens the backend. The caller owns and closes it.
   *
   * @param index which of the machine's devices, counted from 0; empty for the first usable one
   * @throws IllegalArgumentException if a system property that it reads has a value that is not
   *     known; see {@link Settings}
   * @throws BackendUnavailableException if the device cannot be used; the message is one line. A
   *     second call must be as safe as the first
   */
  Backend open(OptionalInt index);

  /**
   * Opens the backend as {@link #open(OptionalInt)} does, with what the program decides about it. A
   * provider to which none of the options means anything leaves this as it is.
   */
  default Backend open(OptionalInt index, BackendOptions options) {
    return open(index);
  }

  /**
   * The machine's devices that {@link #open(OptionalInt)} takes by number, in the order of their
   * numbers, those left out that are not usable; none of them is opened. The {@link Device#id} of
   * each is this provider's name and its number, {@code cuda:1}. Empty if there is none, or if it
   * has no devices by number.
   *
   * @throws BackendUnavailableException if none can be used
   */
  default List<Device> devices() {
    return List.of();
  }

  /**
   * The number of a device by what else it is called, as {@code GPU-5dd3fd0d} in {@code
   * cuda:GPU-5dd3fd0d}; nothing is opened. A provider whose devices have numbers alone leaves this
   * as it is.
   *
   * @param device of letters, digits and {@code . : / -}, and not all digits, or too many for a
   *     number
   * @return empty if no device of this kind is ever called so
   * @throws IllegalArgumentException if a system property that it reads has a value that is not
   *     known
   * @throws BackendUnavailableException if none that can be used here is called so, or more than
   *     one; the message is one line that says which there are
   */
  default OptionalInt number(String device) {
    return OptionalInt.empty();
  }

  /**
   * The native libraries that it looked for, a line each: which one, and where it was found or that
   * it is missing. For bug reports; asked after {@link #open}, and throws nothing.
   */
  default List<String> libraries() {
    return List.of();
  }

  /**
   * The system properties that it reads, all of {@code rowwise.} and its name, so that one that is
   * misspelt can be told. Empty if it does not say.
   */
  default List<String> properties() {
    return List.of();
  }
}

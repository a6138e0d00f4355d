package io.rowwise.kernel;

import io.rowwise.backend.Backend;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Names a kind of kernel and knows how to compose it from primitives, so that it works on every
 * backend from the day it is written and gets faster where somebody offers a better one.
 *
 * <p>Two types are the same only if they are the same object: keep each in a constant of its
 * interface.
 *
 * @param <K> the kernel's interface
 */
public final class KernelType<K extends Kernel> {
  private final String name;
  private final Class<K> kernelClass;
  private final Function<Backend, K> composition;
  private final BiFunction<Backend, K, K> checks;

  private KernelType(
      String name,
      Class<K> kernelClass,
      Function<Backend, K> composition,
      BiFunction<Backend, K, K> checks) {
    this.name = Objects.requireNonNull(name, "name");
    this.kernelClass = Objects.requireNonNull(kernelClass, "kernelClass");
    this.composition = Objects.requireNonNull(composition, "composition");
    this.checks = Objects.requireNonNull(checks, "checks");
  }

  /**
   * A new type.
   *
   * @param name for people: {@code softmax}
   * @param kernelClass the kernel's interface
   * @param composition makes the kernel from the backend's primitives and other kernels
   * @param checks puts checks of the arguments in front of a kernel, whoever wrote it, so that
   *     implementations need none; refuses a second thread by an {@link ExclusiveUse}; and keeps
   *     the matrices reachable until the kernel returns, so that nobody frees their memory
   *     meanwhile
   */
  public static <K extends Kernel> KernelType<K> of(
      String name,
      Class<K> kernelClass,
      Function<Backend, K> composition,
      BiFunction<Backend, K, K> checks) {
    return new KernelType<>(name, kernelClass, composition, checks);
  }

  /** For people: {@code softmax}. */
  public String name() {
    return name;
  }

  /** The kernel's interface. */
  public Class<K> kernelClass() {
    return kernelClass;
  }

  /** A new kernel composed of the backend's primitives, without checks of its own. */
  public K compose(Backend backend) {
    return composition.apply(backend);
  }

  /** The kernel with the type's checks in front of it. */
  public K checked(Backend backend, K kernel) {
    return checks.apply(backend, kernel);
  }

  @Override
  public String toString() {
    return name;
  }
}

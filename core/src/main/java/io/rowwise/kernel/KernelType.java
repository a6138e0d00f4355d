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
  private final BiFunction<Backend, K, K> throughFloat32;

  private KernelType(
      String name,
      Class<K> kernelClass,
      Function<Backend, K> composition,
      BiFunction<Backend, K, K> checks,
      BiFunction<Backend, K, K> throughFloat32) {
    this.name = Objects.requireNonNull(name, "name");
    this.kernelClass = Objects.requireNonNull(kernelClass, "kernelClass");
    this.composition = Objects.requireNonNull(composition, "composition");
    this.checks = Objects.requireNonNull(checks, "checks");
    this.throughFloat32 = throughFloat32;
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
    return new KernelType<>(name, kernelClass, composition, checks, (backend, kernel) -> kernel);
  }

  /**
   * The same type, whose checks let matrices of 16 bits pass.
   *
   * @param adapter puts in front of a kernel that does not take them one that does, by way of
   *     {@code float32}
   */
  KernelType<K> throughFloat32(BiFunction<Backend, K, K> adapter) {
    return new KernelType<>(name, kernelClass, composition, checks, adapter);
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
    return withHalves(backend, composition.apply(backend));
  }

  /**
   * A kernel that takes matrices of 16 bits where this type allows them, by one that does not.
   *
   * @param kernel takes {@code float32} and {@code float64}; closed with the other
   */
  public K withHalves(Backend backend, K kernel) {
    return throughFloat32.apply(backend, kernel);
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

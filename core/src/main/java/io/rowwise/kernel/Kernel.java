package io.rowwise.kernel;

/**
 * One operation on matrices, ready to run on one backend. Each kind of kernel is an interface that
 * extends this one, with a {@link KernelType} that names it.
 *
 * <p>A kernel may hold scratch memory, so whoever made it closes it and uses it from one thread at
 * a time; a program with many threads makes one for each. Closing twice is harmless.
 */
public interface Kernel extends AutoCloseable {
  /** Frees the scratch memory, if there is any. */
  @Override
  default void close() {}
}

package io.rowwise.kernel;

/**
 * One operation on matrices, ready to run on one backend. Each kind of kernel is an interface that
 * extends this one, with a {@link KernelType} that names it.
 *
 * <p>A kernel may hold scratch memory, so whoever made it closes it and uses it from one thread at
 * a time; a program with many threads makes one for each. One that {@link
 * io.rowwise.backend.Backend#kernel} made is refused to a second thread at the same time, and to
 * everybody once it is closed, with an {@link IllegalStateException} (see {@link ExclusiveUse});
 * and it is not closed while it is used. Closing twice is harmless.
 */
public interface Kernel extends AutoCloseable {
  /** Frees the scratch memory, if there is any. */
  @Override
  default void close() {}
}
